//! Scopes from short words. What is wrong in a test panics.
use kakunin_core::encoding::json::Object;
use kakunin_core::scope::{
    Accepted, ActionPattern, Call, Constraint, DomainSet, EmailSet, Glob, Grant, GrantParts, Kind, Length, Money,
    NetSet, Network, Param, ParamPath, PathRoot, Range, Regex, Scalar, ScalarSet, Scope, ScopeParts, UrlSet,
};
use kakunin_core::time::UnixTime;
use kakunin_core::value::Decimal;

pub(crate) fn scope(grants: impl IntoIterator<Item = Grant>, deny: &[&str]) -> Scope {
    let deny = deny.iter().map(|pattern| ActionPattern::parse(pattern).unwrap()).collect();
    Scope::new(ScopeParts { grants: grants.into_iter().collect(), deny, ..ScopeParts::default() }).unwrap()
}

pub(crate) fn grant(action: &str, params: impl IntoIterator<Item = Param>) -> Grant {
    Grant::new(GrantParts {
        params: params.into_iter().collect(),
        ..GrantParts::new(ActionPattern::parse(action).unwrap())
    })
    .unwrap()
}

pub(crate) fn open_grant(action: &str, params: impl IntoIterator<Item = Param>) -> Grant {
    Grant::new(GrantParts {
        params: params.into_iter().collect(),
        open: true,
        ..GrantParts::new(ActionPattern::parse(action).unwrap())
    })
    .unwrap()
}

pub(crate) fn required(path: &str, constraint: Constraint) -> Param {
    required_all(path, [constraint])
}

pub(crate) fn required_all(path: &str, constraints: impl IntoIterator<Item = Constraint>) -> Param {
    Param::new(ParamPath::parse(path).unwrap(), false, constraints.into_iter().collect()).unwrap()
}

pub(crate) fn optional(path: &str, constraint: Constraint) -> Param {
    Param::new(ParamPath::parse(path).unwrap(), true, vec![constraint]).unwrap()
}

pub(crate) fn number(digits: &str) -> Scalar {
    Scalar::Number(Decimal::from_literal(digits).unwrap())
}

pub(crate) fn any_of(members: impl IntoIterator<Item = Scalar>) -> Constraint {
    Constraint::OneOf(ScalarSet::new(members.into_iter().collect()).unwrap())
}

pub(crate) fn one_of<const N: usize>(texts: [&str; N]) -> Constraint {
    any_of(texts.map(|text| Scalar::Text(text.to_owned())))
}

pub(crate) fn text(text: &str) -> Constraint {
    one_of([text])
}

pub(crate) fn none_of(members: impl IntoIterator<Item = Scalar>) -> Constraint {
    Constraint::NoneOf(ScalarSet::new(members.into_iter().collect()).unwrap())
}

fn interval(min: Option<i64>, max: Option<i64>, money: Option<Money>) -> Constraint {
    let decimal = |bound: i64| Decimal::new(bound.into(), 0).unwrap();
    Constraint::Range(Range::new(min.map(decimal), max.map(decimal), money).unwrap())
}

pub(crate) fn range(min: i64, max: i64) -> Constraint {
    interval(Some(min), Some(max), None)
}

pub(crate) fn at_least(min: i64) -> Constraint {
    interval(Some(min), None, None)
}

pub(crate) fn at_most(max: i64) -> Constraint {
    interval(None, Some(max), None)
}

pub(crate) fn money(min: i64, max: i64) -> Constraint {
    interval(Some(min), Some(max), Some(Money::new(None)))
}

pub(crate) fn glob(pattern: &str) -> Constraint {
    Constraint::Glob(Glob::new(pattern).unwrap())
}

pub(crate) fn length(min: u32, max: u32) -> Constraint {
    Constraint::Length(Length::new(Some(min), Some(max)).unwrap())
}

pub(crate) fn path(root: &str) -> Constraint {
    Constraint::Path(PathRoot::new(root).unwrap())
}

pub(crate) fn domain<const N: usize>(names: [&str; N]) -> Constraint {
    Constraint::Domain(DomainSet::new(&names).unwrap())
}

pub(crate) fn email<const A: usize, const D: usize>(addresses: [&str; A], domains: [&str; D]) -> Constraint {
    Constraint::Email(EmailSet::new(&addresses, &domains).unwrap())
}

pub(crate) fn url<const S: usize, const H: usize>(
    schemes: [&str; S],
    hosts: [&str; H],
    ports: &[u16],
    path: Option<&str>,
) -> Constraint {
    Constraint::Url(UrlSet::new(&schemes, &hosts, ports, path).unwrap())
}

pub(crate) fn regex(pattern: &str) -> Constraint {
    Constraint::Regex(Regex::new(pattern).unwrap())
}

pub(crate) fn net<const N: usize>(networks: [&str; N]) -> Constraint {
    Constraint::Net(NetSet::new(networks.map(|text| Network::parse(text).unwrap()).into()).unwrap())
}

pub(crate) fn ty(kind: Kind) -> Constraint {
    Constraint::Type(kind)
}

/// A scope, unless it breaks a rule.
pub(crate) fn scope_of(grants: Vec<Grant>, deny: Vec<ActionPattern>, max_depth: Option<u8>) -> Option<Scope> {
    Scope::new(ScopeParts { grants, deny, max_depth, ..ScopeParts::default() }).ok()
}

/// A grant, unless it breaks a rule.
pub(crate) fn grant_of(action: &str, params: Vec<Param>, open: bool) -> Option<Grant> {
    Grant::new(GrantParts { params, open, ..GrantParts::new(ActionPattern::parse(action).unwrap()) }).ok()
}

/// Whether the scope's grants and denies accept the call.
pub(crate) fn accepts(scope: &Scope, action: &str, arguments: &Object) -> bool {
    scope.judge(&Call::new(action, arguments, UnixTime::from_seconds(0)), &mut Accepted::default()).is_ok()
}

/// The scope that a document says.
pub(crate) fn toml(text: &str) -> Scope {
    use kakunin_core::scope::authoring::{Format, compile};
    compile(text, Format::Toml).unwrap_or_else(|mistakes| panic!("{text}: {mistakes:?}"))
}
