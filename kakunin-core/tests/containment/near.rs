//! Scopes as people write them, and near misses: the same with one thing changed, or a few.
//!
//! A path always has one shape here, so a grant accepts something unless its constraints contradict each other; the other
//! generator mixes shapes without care.

use kakunin_core::scope::{
    Constraint, DomainSet, EmailSet, Glob, Grant, Kind, Length, Money, NetSet, Network, Param, ParamPath, PathRoot,
    Range, Regex, Scalar, ScalarSet, Scope, UrlSet,
};
use kakunin_core::value::Decimal;

use crate::build;
use crate::generate::{Random, pattern};

const ACTIONS: &[&str] =
    &["pay", "pay.card", "pay.iban", "kb.read", "kb.*", "pay.*", "*", "*.read", "kb.*.read", "kb.read.*"];
const DENIES: &[&str] = &["pay.iban", "kb.*", "*.read", "kb.read", "kb.read.*", "pay", "pay.card"];

/// What stands at a path.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Family {
    Money,
    Currency,
    Number,
    Text,
    File,
    Host,
    Mail,
    Link,
    Flag,
    Address,
    Code,
    Object,
    Array,
    Count,
}

const PATHS: &[(&str, Family)] = &[
    ("amount", Family::Money),
    ("currency", Family::Currency),
    ("count", Family::Number),
    ("note", Family::Text),
    ("id", Family::Text),
    ("host", Family::Host),
    ("mail", Family::Mail),
    ("link", Family::Link),
    ("file", Family::File),
    ("flag", Family::Flag),
    ("ip", Family::Address),
    ("code", Family::Code),
    ("who.id", Family::Text),
    ("who.name", Family::Text),
    ("who.age", Family::Number),
    ("items[].sku", Family::Text),
    ("items[].price", Family::Number),
    ("items[].link", Family::Link),
    ("tags[]", Family::Text),
    ("grid[][]", Family::Number),
    ("meta", Family::Object),
    ("rows", Family::Array),
];
const BENEATH: &[(&str, Family)] =
    &[("meta.a", Family::Text), ("meta.b", Family::Number), ("rows[]", Family::Text), ("rows[].x", Family::Number)];
const GLOBS: &[&str] = &[
    "*", "a*", "ab*", "*b", "a*b", "cus_*", "cus_1*", "cus_*_x", "**", "a/**", "a/*", "a/b/*", "/a/**", "/a/*",
    "/a/b/*", "ab",
];
const ROOTS: &[&str] = &["/", "/a", "/a/b", "/ab", "a", "a/b"];
const NAMES: &[&str] = &["a.com", "*.a.com", "x.a.com", "*.x.a.com", "b.com", "*.com"];
const NETWORKS: &[&str] =
    &["10.0.0.0/8", "10.0.0.0/24", "10.0.0.1", "0.0.0.0/0", "192.168.0.0/16", "2001:db8::/32", "::/0"];
const REGEXES: &[&str] = &["a*b?", "[^/]*", "(a|b)+", ".*", "[0-9.]{1,9}"];
const ADDRESSES: &[&str] = &["u@a.com", "U@a.com", "u@x.a.com", "v@b.com"];
const TEXTS: &[&str] = &["a", "b", "ab", "aab", "cus_1", "cus_12", "a/b", "EUR", "USD", "5", "5.0"];

/// A scope before it is one.
#[derive(Clone)]
pub(crate) struct Draft {
    pub(crate) grants: Vec<DraftGrant>,
    pub(crate) deny: Vec<&'static str>,
    pub(crate) max_depth: Option<u8>,
}

#[derive(Clone)]
pub(crate) struct DraftGrant {
    action: &'static str,
    open: bool,
    params: Vec<DraftParam>,
}

#[derive(Clone)]
struct DraftParam {
    path: &'static str,
    family: Family,
    optional: bool,
    constraints: Vec<Constraint>,
}

impl Draft {
    /// The scope, unless it breaks a rule: a grant twice, a currency that is not there.
    pub(crate) fn scope(&self) -> Option<Scope> {
        let grants: Vec<Grant> = self.grants.iter().map(DraftGrant::grant).collect::<Option<_>>()?;
        build::scope_of(grants, self.deny.iter().map(|deny| pattern(deny)).collect(), self.max_depth)
    }
}

impl Draft {
    /// Whether no deny takes away a whole grant.
    fn is_alive(&self) -> bool {
        let holder = |action: &str| build::scope([build::grant(action, [])], &[]);
        self.deny
            .iter()
            .all(|deny| self.grants.iter().all(|grant| holder(deny).contains(&holder(grant.action)).is_err()))
    }
}

impl DraftGrant {
    fn grant(&self) -> Option<Grant> {
        let params = self.params.iter().map(|param| {
            let path = ParamPath::parse(param.path).unwrap();
            Param::new(path, param.optional, param.constraints.clone()).ok()
        });
        build::grant_of(self.action, params.collect::<Option<_>>()?, self.open)
    }

    fn has(&self, path: &str) -> bool {
        self.params.iter().any(|param| param.path == path)
    }
}

impl Random {
    /// A scope of one to three grants.
    pub(crate) fn draft(&mut self) -> Draft {
        loop {
            let draft = Draft {
                grants: (0..=self.below(6) / 3).map(|_| self.draft_grant()).collect(),
                deny: if self.chance(25) { self.some(DENIES, 2).into_iter().copied().collect() } else { vec![] },
                max_depth: self.pick(&[None, None, Some(1), Some(2)]),
            };
            if draft.is_alive() && draft.scope().is_some() {
                return draft;
            }
        }
    }

    fn draft_grant(&mut self) -> DraftGrant {
        let mut params = Vec::new();
        for (path, family) in self.some(PATHS, 5).into_iter().copied() {
            let optional = self.chance(30);
            params.push(DraftParam { path, family, optional, constraints: self.constraints(family) });
        }
        if params.iter().any(|param| param.path == "tags[]") && self.chance(20) {
            params.push(DraftParam {
                path: "tags",
                family: Family::Count,
                optional: false,
                constraints: self.constraints(Family::Count),
            });
        }
        let mut grant = DraftGrant { action: self.pick(ACTIONS), open: self.chance(20), params };
        if grant.has("amount") && self.chance(40) {
            self.denominate(&mut grant);
        }
        grant
    }

    /// Names the currency of the amount.
    fn denominate(&mut self, grant: &mut DraftGrant) {
        grant.params.retain(|param| param.path != "currency");
        let list = build::one_of(["EUR"]);
        let list = if self.chance(50) { list } else { build::one_of(["EUR", "USD"]) };
        grant.params.push(DraftParam {
            path: "currency",
            family: Family::Currency,
            optional: false,
            constraints: vec![list],
        });
        for param in grant.params.iter_mut().filter(|param| param.path == "amount") {
            let money = Money::new(Some(ParamPath::parse("currency").unwrap()));
            let range = Range::new(None, Some(Decimal::from(500)), Some(money)).unwrap();
            param.constraints = vec![Constraint::Range(range)];
        }
    }

    fn constraints(&mut self, family: Family) -> Vec<Constraint> {
        let mut constraints = vec![self.constraint_for(family)];
        let second = match () {
            () if self.chance(80) => None,
            () => self.second(constraints.first().unwrap()),
        };
        constraints.extend(second.filter(|second| !constraints.contains(second)));
        constraints
    }

    /// Another constraint that leaves something of what `first` accepts.
    fn second(&mut self, first: &Constraint) -> Option<Constraint> {
        let at_most = |most: u32| Length::new(None, Some(most)).ok().map(Constraint::Length);
        match first {
            Constraint::NoneOf(list) if matches!(list.first(), Some(Scalar::Text(_))) => {
                Some(Constraint::Glob(Glob::new(self.pick(GLOBS)).unwrap()))
            }
            Constraint::Glob(glob) if ["*", "a*", "*b", "a*b", "ab*"].contains(&glob.pattern()) => {
                Some(Constraint::Glob(Glob::new(self.pick(&["*", "a*", "*b", "a*b", "ab*"])).unwrap()))
            }
            Constraint::Glob(_) | Constraint::Path(_) => at_most(self.pick(&[12, 13, 20])),
            Constraint::Email(_) | Constraint::Domain(_) | Constraint::Url(_) => at_most(self.pick(&[40, 41, 60])),
            Constraint::Range(range) if range.max().is_none_or(|max| max >= Decimal::ONE) => {
                Some(Constraint::Type(self.pick(&[Kind::Number, Kind::Integer])))
            }
            Constraint::Type(Kind::Array) => at_most(self.pick(&[0, 1, 3])),
            _ => None,
        }
    }

    fn constraint_for(&mut self, family: Family) -> Constraint {
        match family {
            Family::Money => {
                let max = self.pick(&["10", "500", "9.99", "0.01", "1000"]);
                let money = self.chance(95).then(|| Money::new(None));
                Constraint::Range(Range::new(None, Decimal::from_literal(max), money).unwrap())
            }
            Family::Currency => self.texts_of(&["EUR", "USD", "GBP"]),
            Family::Number => match self.below(5) {
                0 => Constraint::OneOf(self.numbers()),
                1 => Constraint::NoneOf(self.numbers()),
                2 => Constraint::Type(self.pick(&[Kind::Number, Kind::Integer])),
                _ => self.interval(),
            },
            Family::Text => match self.below(8) {
                0 => self.texts_of(TEXTS),
                1 => {
                    let members =
                        self.some(TEXTS, 3).into_iter().map(|text| Scalar::Text((*text).to_owned())).collect();
                    Constraint::NoneOf(ScalarSet::new(members).unwrap())
                }
                2 => self.length(8),
                3 => Constraint::Type(Kind::String),
                _ => Constraint::Glob(Glob::new(self.pick(GLOBS)).unwrap()),
            },
            Family::File => Constraint::Path(PathRoot::new(self.pick(ROOTS)).unwrap()),
            Family::Host => Constraint::Domain(DomainSet::new(&self.some(NAMES, 3)).unwrap()),
            Family::Mail => {
                let addresses = if self.chance(60) { self.some(ADDRESSES, 2) } else { vec![] };
                let domains = if addresses.is_empty() || self.chance(40) { self.some(NAMES, 2) } else { vec![] };
                Constraint::Email(EmailSet::new(&addresses, &domains).unwrap())
            }
            Family::Link => {
                let mut hosts = self.some(NAMES, 2);
                if self.chance(15) {
                    hosts.push(self.choose(&["10.0.0.1", "2001:db8::1"]));
                }
                let schemes = self.some(&["https", "http", "foo"], 2);
                let ports: Vec<u16> = if self.chance(60) {
                    vec![]
                } else {
                    self.some(&[80, 443, 8443], 3).into_iter().copied().collect()
                };
                let path = self.pick(&[None, None, Some("/"), Some("/x"), Some("/x/y")]);
                Constraint::Url(UrlSet::new(&schemes, &hosts, &ports, path).unwrap())
            }
            Family::Flag => {
                if self.chance(50) {
                    Constraint::Type(Kind::Boolean)
                } else {
                    let flag = self.chance(50);
                    Constraint::OneOf(ScalarSet::new(vec![Scalar::Bool(flag)]).unwrap())
                }
            }
            Family::Address => {
                let networks = self.some(NETWORKS, 3).into_iter().map(|text| Network::parse(text).unwrap());
                Constraint::Net(NetSet::new(networks.collect()).unwrap())
            }
            Family::Code => Constraint::Regex(Regex::new(self.pick(REGEXES)).unwrap()),
            Family::Object => Constraint::Type(Kind::Object),
            Family::Array => Constraint::Type(Kind::Array),
            Family::Count => self.length(3),
        }
    }

    fn texts_of(&mut self, from: &[&str]) -> Constraint {
        let members = self.some(from, 3).into_iter().map(|text| Scalar::Text((*text).to_owned())).collect();
        Constraint::OneOf(ScalarSet::new(members).unwrap())
    }

    fn numbers(&mut self) -> ScalarSet {
        let from = ["-1", "0", "0.5", "1", "2", "10", "9007199254740991"];
        let members = self.some(&from, 3).into_iter().map(|digits| build::number(digits)).collect();
        ScalarSet::new(members).unwrap()
    }

    fn interval(&mut self) -> Constraint {
        let bounds = [
            None,
            Some("-1"),
            Some("0"),
            Some("0.5"),
            Some("1"),
            Some("5"),
            Some("10"),
            Some("10.0000000000000000001"),
        ];
        loop {
            let mut bound = || self.pick(&bounds).and_then(Decimal::from_literal);
            if let Ok(range) = Range::new(bound(), bound(), None) {
                return Constraint::Range(range);
            }
        }
    }

    fn length(&mut self, most: u32) -> Constraint {
        let bounds = [None, Some(0), Some(1), Some(2), Some(most), Some(most + 1)];
        loop {
            if let Ok(length) = Length::new(self.pick(&bounds), self.pick(&bounds)) {
                return Constraint::Length(length);
            }
        }
    }

    /// The same with one thing changed, now and then two or three, in either direction.
    pub(crate) fn near(&mut self, parent: &Draft) -> Draft {
        loop {
            let mut draft = parent.clone();
            // Fewer grants say no more.
            while draft.grants.len() > 1 && self.chance(40) {
                let gone = self.below(draft.grants.len());
                draft.grants.remove(gone);
            }
            for _ in 0..=self.below(5) / 3 {
                self.change(&mut draft);
            }
            if draft.is_alive() && draft.scope().is_some() {
                return draft;
            }
        }
    }

    fn change(&mut self, draft: &mut Draft) {
        match self.below(100) {
            0..6 if !draft.deny.is_empty() => _ = draft.deny.pop(),
            0..10 => {
                let deny = self.pick(DENIES);
                if !draft.deny.contains(&deny) {
                    draft.deny.push(deny);
                }
            }
            10..13 => draft.max_depth = self.pick(&[None, Some(0), Some(1), Some(2), Some(3)]),
            13..16 => {
                let grant = self.draft_grant();
                draft.grants.push(grant);
            }
            _ => {
                let index = self.below(draft.grants.len());
                self.change_grant(draft.grants.get_mut(index).unwrap());
            }
        }
    }

    fn change_grant(&mut self, grant: &mut DraftGrant) {
        match self.below(100) {
            0..10 => grant.action = self.pick(ACTIONS),
            10..18 => grant.open = !grant.open,
            18..28 => {
                let (path, family) = self.pick(PATHS);
                if !grant.has(path) {
                    let optional = self.chance(50);
                    grant.params.push(DraftParam { path, family, optional, constraints: self.constraints(family) });
                }
            }
            28..38 if !grant.params.is_empty() => {
                let gone = self.below(grant.params.len());
                grant.params.remove(gone);
            }
            38..46 if !grant.open || self.chance(10) => {
                // What a subtree leaves open, spelt out.
                let spelt =
                    grant.params.iter().position(|param| matches!(param.family, Family::Object | Family::Array));
                let Some(spelt) = spelt else { return };
                let root = grant.params.remove(spelt).path;
                for (path, family) in BENEATH.iter().filter(|(path, _)| path.starts_with(root)) {
                    if self.chance(60)
                        && !(*path == "rows[]" && grant.has("rows[].x"))
                        && !(*path == "rows[].x" && grant.has("rows[]"))
                    {
                        let optional = self.chance(40);
                        let constraints = self.constraints(*family);
                        grant.params.push(DraftParam { path, family: *family, optional, constraints });
                    }
                }
            }
            46..56 if !grant.params.is_empty() => {
                let index = self.below(grant.params.len());
                let param = grant.params.get_mut(index).unwrap();
                param.optional = !param.optional;
            }
            _ if !grant.params.is_empty() => {
                let index = self.below(grant.params.len());
                let param = grant.params.get_mut(index).unwrap();
                self.change_param(param);
            }
            _ => {}
        }
    }

    fn change_param(&mut self, param: &mut DraftParam) {
        let at = self.below(param.constraints.len());
        match self.below(10) {
            0 if param.constraints.len() > 1 => _ = param.constraints.remove(at),
            1 => {
                let more = self.second(param.constraints.get(at).unwrap());
                param.constraints.extend(more.filter(|more| !param.constraints.contains(more)));
            }
            2 if param.constraints.len() == 1 => {
                // Mostly of the same kind: what is of another is seldom inside, and never by the rules.
                let old = std::mem::discriminant(param.constraints.get(at).unwrap());
                let mut other = self.constraint_for(param.family);
                if std::mem::discriminant(&other) != old && self.chance(90) {
                    other = self.tweaked(param.constraints.get(at).unwrap(), param.family);
                }
                if !param.constraints.contains(&other) {
                    *param.constraints.get_mut(at).unwrap() = other;
                }
            }
            _ => {
                let changed = self.tweaked(param.constraints.get(at).unwrap(), param.family);
                if !param.constraints.contains(&changed) {
                    *param.constraints.get_mut(at).unwrap() = changed;
                }
            }
        }
    }

    /// The constraint with one of its parts changed a little.
    fn tweaked(&mut self, constraint: &Constraint, family: Family) -> Constraint {
        match constraint {
            Constraint::OneOf(list) | Constraint::NoneOf(list) => {
                let mut members: Vec<Scalar> = list.to_vec();
                if members.len() > 1 && self.chance(50) {
                    members.remove(self.below(members.len()));
                } else {
                    let more = match members.first() {
                        Some(Scalar::Number(_)) => build::number(self.pick(&["3", "7.25", "0"])),
                        Some(Scalar::Bool(value)) => Scalar::Bool(!value),
                        _ => Scalar::Text(self.pick(TEXTS).to_owned()),
                    };
                    if !members.contains(&more) {
                        members.push(more);
                    }
                }
                let set = ScalarSet::new(members).unwrap();
                if matches!(constraint, Constraint::OneOf(_)) {
                    Constraint::OneOf(set)
                } else {
                    Constraint::NoneOf(set)
                }
            }
            Constraint::Range(range) => {
                let shift = self.pick(&["1", "0.01", "0.0000000000000000001"]);
                let shift = Decimal::from_literal(shift).unwrap();
                let upper = self.chance(60);
                let (mut min, mut max) = (range.min(), range.max());
                let side = if upper { &mut max } else { &mut min };
                *side = match *side {
                    Some(bound) if !bound.is_negative() && self.chance(85) => {
                        if self.chance(50) {
                            bound.sum_up(shift)
                        } else {
                            bound.difference(shift).or(Some(bound))
                        }
                    }
                    Some(_) => None,
                    None => Some(Decimal::from(u64::from(upper) * 20)),
                };
                let money = if self.chance(2) { None } else { range.money().cloned() };
                let changed = Range::new(min, max, money);
                changed.map_or_else(|_| constraint.clone(), Constraint::Range)
            }
            Constraint::Length(length) => {
                let mut near = |bound: Option<u32>| match bound {
                    Some(bound) => match self.below(4) {
                        0 => Some(bound + 1),
                        1 => bound.checked_sub(1),
                        _ => Some(bound),
                    },
                    None => None,
                };
                let changed = Length::new(near(length.min()), near(length.max()));
                changed.map_or_else(|_| constraint.clone(), Constraint::Length)
            }
            Constraint::Glob(glob) => {
                let text = glob.pattern();
                let changed = match self.below(4) {
                    0 => format!("{text}*"),
                    1 => format!("x{text}"),
                    2 => text.replacen('*', "1", 1),
                    _ => text.replacen('*', "1*", 1),
                };
                Glob::new(&changed).map_or_else(|_| constraint.clone(), Constraint::Glob)
            }
            Constraint::Path(root) => {
                let changed = match self.below(2) {
                    0 => format!("{}/c", root.root().trim_end_matches('/')),
                    _ => format!("{}c", root.root()),
                };
                Constraint::Path(PathRoot::new(&changed).unwrap())
            }
            Constraint::Domain(set) => {
                let names = self.changed(set.names(), NAMES);
                DomainSet::new(&names).map_or_else(|_| constraint.clone(), Constraint::Domain)
            }
            Constraint::Email(set) => {
                let (mut addresses, mut domains) = (set.addresses().to_vec(), set.domains().to_vec());
                if self.chance(50) {
                    addresses = self.changed(&addresses, ADDRESSES);
                } else {
                    domains = self.changed(&domains, NAMES);
                }
                EmailSet::new(&addresses, &domains).map_or_else(|_| constraint.clone(), Constraint::Email)
            }
            Constraint::Url(set) => {
                let (mut schemes, mut hosts) = (set.schemes().to_vec(), set.hosts().to_vec());
                let (mut ports, mut path) = (set.ports().to_vec(), set.path().map(str::to_owned));
                match self.below(4) {
                    0 => schemes = self.changed(&schemes, &["https", "http", "foo"]),
                    1 => hosts = self.changed(&hosts, NAMES),
                    2 => {
                        let port = self.pick(&[80, 443, 8443]);
                        match ports.iter().position(|own| *own == port) {
                            Some(at) => _ = ports.remove(at),
                            None => ports.push(port),
                        }
                    }
                    _ => path = self.pick(&[None, Some("/"), Some("/x"), Some("/x/y"), Some("/xy")]).map(str::to_owned),
                }
                UrlSet::new(&schemes, &hosts, &ports, path.as_deref())
                    .map_or_else(|_| constraint.clone(), Constraint::Url)
            }
            Constraint::Net(set) => {
                let texts: Vec<String> = set.networks().iter().map(ToString::to_string).collect();
                let changed = self.changed(&texts, NETWORKS);
                let networks = changed.iter().map(|text| Network::parse(text).unwrap()).collect();
                NetSet::new(networks).map_or_else(|_| constraint.clone(), Constraint::Net)
            }
            Constraint::Type(Kind::Number) => Constraint::Type(Kind::Integer),
            Constraint::Type(Kind::Integer) => Constraint::Type(Kind::Number),
            Constraint::Type(Kind::String) => Constraint::Glob(Glob::new(self.pick(GLOBS)).unwrap()),
            Constraint::Regex(_) | Constraint::Type(_) => self.constraint_for(family),
        }
    }

    /// One fewer or one more.
    fn changed(&mut self, list: &[String], from: &[&str]) -> Vec<String> {
        let mut list = list.to_vec();
        let one = self.pick(from).to_owned();
        if list.len() > 1 && self.chance(40) {
            list.remove(self.below(list.len()));
        } else if !list.contains(&one) {
            list.push(one);
        }
        list
    }
}
