//! Reads each part of a scope and hands it to its constructor.

use std::cmp::Ordering;
use std::net::IpAddr;

use super::{EXPONENTS, VERSION, tags};
use crate::crypto::Digest;
use crate::encoding::Malformed;
use crate::encoding::der::{self, Element, Reader, Tag, tag};
use crate::error::{Code, Denial, Fact};
use crate::scope::{
    ActionPattern, Approval, Approver, Constraint, DomainSet, EmailSet, Fault, Glob, Grant, GrantParts, Hours,
    Interval, Kind, Length, Limit, LimitKind, Money, NetSet, Network, Param, ParamPath, PathRoot, Range, Regex, Scalar,
    ScalarSet, Scope, ScopeParts, Step, UrlSet, Who,
};
use crate::value::Decimal;

type Result<T> = std::result::Result<T, Denial>;

/// The scope in `der`, every part checked, and that `der` is its one encoding.
///
/// A part that is read has one encoding where every constructor keeps what it is given, in the order of the sets. What some
/// fold or add is refused here: upper-case letters in host names and schemes, an amount of money without its minimum.
pub(super) fn scope(der: &[u8]) -> Result<Scope> {
    let mut outer = Reader::new(der);
    let mut fields = outer.sequence().map_err(malformed("scope"))?;
    outer.finish().map_err(malformed("scope"))?;

    let version = fields.small_integer().map_err(malformed("scope.version"))?;
    if version != VERSION {
        return Err(refusal("version", "scope.version").requested(version.to_string()));
    }
    let grants = fields.expect(tag::SET).map_err(malformed("scope.grants"))?;
    let grants = set_of(grants.content, "scope.grants", grant)?;
    let deny = optional_set(&mut fields, tags::SCOPE_DENY, "scope.deny", action)?;
    let limits = optional_set(&mut fields, tags::SCOPE_LIMITS, "scope.limits", limit)?;
    let hours = match fields.optional(tags::SCOPE_HOURS).map_err(malformed("scope.hours"))? {
        Some(element) => Some(hours(element.content)?),
        None => None,
    };
    let regions = optional_set(&mut fields, tags::SCOPE_REGIONS, "scope.regions", owned)?;
    let approvers = optional_set(&mut fields, tags::SCOPE_APPROVERS, "scope.approvers", approver)?;
    let max_depth = match fields.optional(tags::SCOPE_MAX_DEPTH).map_err(malformed("scope.maxDepth"))? {
        Some(element) => Some(number(element.content, "scope.maxDepth")?),
        None => None,
    };
    end(&fields, "scope")?;
    let parts = ScopeParts { grants, deny, limits, hours, regions, approvers, max_depth };
    Scope::in_order(parts).map_err(fault("scope"))
}

fn grant(element: Element<'_>) -> Result<Grant> {
    let mut fields = sequence(element, "grant")?;
    let pattern = action(fields.element().map_err(malformed("grant.action"))?)?;
    let params = fields.expect(tag::SET).map_err(malformed("grant.params"))?;
    let params = set_of(params.content, "grant.params", param)?;
    let open = default_false(&mut fields, "grant.open")?;
    let limits = optional_set(&mut fields, tags::GRANT_LIMITS, "grant.limits", limit)?;
    let approval = match fields.optional(tags::GRANT_APPROVAL).map_err(malformed("grant.approval"))? {
        Some(element) => Some(approval(element.content)?),
        None => None,
    };
    let audience = optional_set(&mut fields, tags::GRANT_AUDIENCE, "grant.audience", owned)?;
    end(&fields, "grant")?;
    let parts = GrantParts { action: pattern, params, open, limits, approval, audience };
    Grant::in_order(parts).map_err(fault("grant"))
}

fn hours(content: &[u8]) -> Result<Hours> {
    let mut fields = Reader::new(content);
    let zone = utf8(fields.element().map_err(malformed("hours.zone"))?, "hours.zone")?;
    let intervals = fields.expect(tag::SET).map_err(malformed("hours.intervals"))?;
    let intervals = not_empty(set_of(intervals.content, "hours.intervals", interval)?, "hours.intervals")?;
    end(&fields, "hours")?;
    Hours::new(zone, intervals).map_err(fault("hours"))
}

fn interval(element: Element<'_>) -> Result<Interval> {
    let mut fields = sequence(element, "hours.intervals")?;
    let mut minute = |field| number::<u16>(fields.expect(tag::INTEGER).map_err(malformed(field))?.content, field);
    let (day, from, to) = (minute("interval.day")?, minute("interval.from")?, minute("interval.to")?);
    end(&fields, "hours.intervals")?;
    // No day has so high a number.
    Interval::new(u8::try_from(day).unwrap_or(u8::MAX), from, to).map_err(fault("hours.intervals"))
}

fn approver(element: Element<'_>) -> Result<Approver> {
    let mut fields = sequence(element, "approver")?;
    let name = utf8(fields.element().map_err(malformed("approver.name"))?, "approver.name")?;
    let who = fields.element().map_err(malformed("approver.who"))?;
    let who = match who.tag {
        tags::APPROVER_KEY => match Digest::try_from(who.content) {
            Ok(key) => Who::Key(key),
            Err(_) => return Err(refusal("digest-length", "approver.key")),
        },
        tags::APPROVER_ROLE => Who::Role(text(who.content, "approver.role")?.to_owned()),
        _ => return Err(refusal("unknown-element", "approver.who")),
    };
    end(&fields, "approver")?;
    Approver::new(name, who).map_err(fault("approver"))
}

fn approval(content: &[u8]) -> Result<Approval> {
    let mut fields = Reader::new(content);
    let of = fields.expect(tag::SET).map_err(malformed("approval.of"))?;
    let of = not_empty(set_of(of.content, "approval.of", owned)?, "approval.of")?;
    let need = fields.expect(tag::INTEGER).map_err(malformed("approval.need"))?;
    let need = number::<u8>(need.content, "approval.need")?;
    let unless = optional_set(&mut fields, tags::APPROVAL_UNLESS, "approval.unless", param)?;
    end(&fields, "approval")?;
    Approval::in_order(of, need, unless).map_err(fault("approval"))
}

fn action(element: Element<'_>) -> Result<ActionPattern> {
    ActionPattern::parse(utf8(element, "action")?).map_err(fault("action"))
}

fn param(element: Element<'_>) -> Result<Param> {
    let mut fields = sequence(element, "param")?;
    let path = path(fields.element().map_err(malformed("param.path"))?)?;
    let optional = default_false(&mut fields, "param.optional")?;
    let constraints = fields.expect(tag::SET).map_err(malformed("param.constraints"))?;
    let constraints = set_of(constraints.content, "param.constraints", constraint)?;
    end(&fields, "param")?;
    Param::new(path, optional, constraints).map_err(fault("param"))
}

fn path(element: Element<'_>) -> Result<ParamPath> {
    let mut reader = sequence(element, "path")?;
    let mut steps = Vec::new();
    while !reader.is_empty() {
        let step = match reader.peek() {
            Some(tag::NULL) => reader.null().map(|()| Step::Each),
            _ => reader.utf8().map(|key| Step::Key(key.to_owned())),
        };
        let step = step.map_err(malformed("path"))?;
        if steps.is_empty() && reader.is_empty() {
            return ParamPath::of_one(step).map_err(fault("path"));
        }
        steps.push(step);
    }
    ParamPath::new(steps).map_err(fault("path"))
}

fn constraint(element: Element<'_>) -> Result<Constraint> {
    let content = element.content;
    match element.tag {
        tags::ONE_OF => scalars(set_of(content, "one-of", scalar)?, "one-of").map(Constraint::OneOf),
        tags::NONE_OF => {
            let members = not_empty(set_of(content, "none-of", scalar)?, "none-of")?;
            scalars(members, "none-of").map(Constraint::NoneOf)
        }
        tags::RANGE => range(content).map(Constraint::Range),
        tags::GLOB => Glob::new(text(content, "glob")?).map(Constraint::Glob).map_err(fault("glob")),
        tags::REGEX => Regex::new(text(content, "regex")?).map(Constraint::Regex).map_err(fault("regex")),
        tags::LENGTH => length(content).map(Constraint::Length),
        tags::PATH => PathRoot::new(text(content, "path")?).map(Constraint::Path).map_err(fault("path")),
        tags::DOMAIN => {
            let names = texts(content, "domain")?;
            let set = DomainSet::new(&names).map_err(fault("domain"))?;
            lower_case(names)?;
            Ok(Constraint::Domain(set))
        }
        tags::EMAIL => email(content).map(Constraint::Email),
        tags::URL => url(content).map(Constraint::Url),
        tags::NET => {
            let networks = not_empty(set_of(content, "net", network)?, "net")?;
            NetSet::new(networks).map(Constraint::Net).map_err(fault("net"))
        }
        tags::TYPE => kind(content).map(Constraint::Type),
        _ => Err(refusal("unknown-element", "param.constraints")),
    }
}

fn scalars(members: Vec<Scalar>, field: &'static str) -> Result<ScalarSet> {
    ScalarSet::in_order(members).map_err(fault(field))
}

fn scalar(element: Element<'_>) -> Result<Scalar> {
    match element.tag {
        tag::BOOLEAN => der::boolean(element.content).map(Scalar::Bool).map_err(malformed("scalar")),
        tag::UTF8_STRING => utf8(element, "scalar").map(|text| Scalar::Text(text.to_owned())),
        tag::SEQUENCE => decimal(element.content, "scalar").map(Scalar::Number),
        _ => Err(refusal("unknown-element", "scalar")),
    }
}

fn range(content: &[u8]) -> Result<Range> {
    let mut fields = Reader::new(content);
    let mut bound = |tag, field| match fields.optional(tag).map_err(malformed(field))? {
        Some(element) => decimal(element.content, field).map(Some),
        None => Ok(None),
    };
    let (min, max) = (bound(tags::RANGE_MIN, "range.min")?, bound(tags::RANGE_MAX, "range.max")?);
    let money = match fields.optional(tags::RANGE_MONEY).map_err(malformed("range.money"))? {
        Some(element) => {
            let mut inner = Reader::new(element.content);
            let currency = inner.optional(tag::SEQUENCE).map_err(malformed("range.money"))?.map(path).transpose()?;
            end(&inner, "range.money")?;
            Some(Money::new(currency))
        }
        None => None,
    };
    end(&fields, "range")?;
    let added = money.is_some() && min.is_none();
    let range = Range::new(min, max, money).map_err(fault("range"))?;
    if added { Err(not_canonical()) } else { Ok(range) }
}

fn length(content: &[u8]) -> Result<Length> {
    let mut fields = Reader::new(content);
    let mut bound = |tag, field| match fields.optional(tag).map_err(malformed(field))? {
        Some(element) => number::<u32>(element.content, field).map(Some),
        None => Ok(None),
    };
    let (min, max) = (bound(tags::LENGTH_MIN, "length.min")?, bound(tags::LENGTH_MAX, "length.max")?);
    end(&fields, "length")?;
    Length::new(min, max).map_err(fault("length"))
}

fn email(content: &[u8]) -> Result<EmailSet> {
    let mut fields = Reader::new(content);
    let addresses = optional_set(&mut fields, tags::EMAIL_ADDRESSES, "email.addresses", item)?;
    let domains = optional_set(&mut fields, tags::EMAIL_DOMAINS, "email.domains", item)?;
    end(&fields, "email")?;
    let set = EmailSet::new(&addresses, &domains).map_err(fault("email"))?;
    lower_case(addresses.iter().filter_map(|address| Some(address.split_once('@')?.1)).chain(domains))?;
    Ok(set)
}

fn url(content: &[u8]) -> Result<UrlSet> {
    let mut fields = Reader::new(content);
    let schemes = texts(fields.expect(tags::URL_SCHEMES).map_err(malformed("url.schemes"))?.content, "url.schemes")?;
    let hosts = texts(fields.expect(tags::URL_HOSTS).map_err(malformed("url.hosts"))?.content, "url.hosts")?;
    let ports = optional_set(&mut fields, tags::URL_PORTS, "url.ports", |element| {
        if element.tag != tag::INTEGER {
            return Err(refusal("unexpected-tag", "url.ports"));
        }
        number::<u16>(element.content, "url.ports")
    })?;
    let path = match fields.optional(tags::URL_PATH).map_err(malformed("url.path"))? {
        Some(element) => Some(text(element.content, "url.path")?),
        None => None,
    };
    end(&fields, "url")?;
    let set = UrlSet::new(&schemes, &hosts, &ports, path).map_err(fault("url"))?;
    lower_case(schemes.into_iter().chain(hosts))?;
    Ok(set)
}

fn network(element: Element<'_>) -> Result<Network> {
    let mut fields = sequence(element, "net")?;
    let octets = fields.expect(tag::OCTET_STRING).map_err(malformed("net.address"))?.content;
    let address = match (<[u8; 4]>::try_from(octets), <[u8; 16]>::try_from(octets)) {
        (Ok(octets), _) => IpAddr::from(octets),
        (_, Ok(octets)) => IpAddr::from(octets),
        _ => return Err(refusal("address-length", "net.address")),
    };
    let prefix = fields.expect(tag::INTEGER).map_err(malformed("net.prefix"))?;
    let prefix = number::<u8>(prefix.content, "net.prefix")?;
    end(&fields, "net")?;
    Network::new(address, prefix).map_err(fault("net"))
}

fn kind(content: &[u8]) -> Result<Kind> {
    Ok(match number::<u8>(content, "type")? {
        0 => Kind::String,
        1 => Kind::Number,
        2 => Kind::Integer,
        3 => Kind::Boolean,
        4 => Kind::Object,
        5 => Kind::Array,
        _ => return Err(refusal("unknown-element", "type")),
    })
}

fn limit(element: Element<'_>) -> Result<Limit> {
    let mut fields = sequence(element, "limit")?;
    let counted = fields.element().map_err(malformed("limit"))?;
    let kind = match counted.tag {
        tags::LIMIT_RATE => LimitKind::Rate { max: number(counted.content, "limit.rate")? },
        tags::LIMIT_BUDGET => {
            let mut inner = Reader::new(counted.content);
            let summed = path(inner.element().map_err(malformed("limit.budget"))?)?;
            let max = inner.expect(tag::SEQUENCE).map_err(malformed("limit.budget"))?;
            let max = decimal(max.content, "limit.budget")?;
            end(&inner, "limit.budget")?;
            LimitKind::Budget { path: summed, max }
        }
        _ => return Err(refusal("unknown-element", "limit")),
    };
    let window = fields.expect(tag::INTEGER).map_err(malformed("limit.window"))?;
    let window = number::<u32>(window.content, "limit.window")?;
    let name = match fields.optional(tag::UTF8_STRING).map_err(malformed("limit.name"))? {
        Some(element) => Some(text(element.content, "limit.name")?.to_owned()),
        None => None,
    };
    end(&fields, "limit")?;
    Limit::new(kind, window, name).map_err(fault("limit"))
}

/// A Decimal's content: normalised, so that one number has one form.
fn decimal(content: &[u8], field: &'static str) -> Result<Decimal> {
    let mut parts = Reader::new(content);
    let coefficient = parts.small_integer().map_err(malformed(field))?;
    let exponent = parts.small_integer().map_err(malformed(field))?;
    end(&parts, field)?;
    i32::try_from(exponent)
        .ok()
        .filter(|exponent| EXPONENTS.contains(exponent))
        .and_then(|exponent| {
            Decimal::new(coefficient, exponent).filter(|d| d.coefficient() == coefficient && d.exponent() == exponent)
        })
        .ok_or_else(|| refusal("decimal", field).requested(format!("{coefficient}e{exponent}")))
}

/// The elements of a SET OF: ascending, none twice.
fn set_of<'a, T>(
    content: &'a [u8],
    field: &'static str,
    mut part: impl FnMut(Element<'a>) -> Result<T>,
) -> Result<Vec<T>> {
    let mut reader = Reader::new(content);
    let (mut parts, mut last) = (Vec::with_capacity(count(content)), None);
    while !reader.is_empty() {
        let element = reader.element().map_err(malformed(field))?;
        match last.map(|last: &[u8]| last.cmp(element.raw)) {
            None | Some(Ordering::Less) => {}
            Some(Ordering::Equal) => return Err(refusal("set-duplicate", field)),
            Some(Ordering::Greater) => return Err(refusal("set-order", field)),
        }
        last = Some(element.raw);
        parts.push(part(element)?);
    }
    Ok(parts)
}

/// How many elements there are, up to what is worth knowing before they are read.
fn count(content: &[u8]) -> usize {
    let mut reader = Reader::new(content);
    (0..8).take_while(|_| !reader.is_empty() && reader.element().is_ok()).count()
}

/// The elements of a set that may be absent, but not empty.
fn optional_set<'a, T>(
    fields: &mut Reader<'a>,
    tag: Tag,
    field: &'static str,
    part: impl FnMut(Element<'a>) -> Result<T>,
) -> Result<Vec<T>> {
    match fields.optional(tag).map_err(malformed(field))? {
        Some(element) => not_empty(set_of(element.content, field, part)?, field),
        None => Ok(Vec::new()),
    }
}

fn texts<'a>(content: &'a [u8], field: &'static str) -> Result<Vec<&'a str>> {
    not_empty(set_of(content, field, item)?, field)
}

/// Of what is compared without regard to case only the lower-case form is encoded.
fn lower_case<'a>(texts: impl IntoIterator<Item = &'a str>) -> Result<()> {
    let folded = texts.into_iter().any(|text| text.bytes().any(|byte| byte.is_ascii_uppercase()));
    if folded { Err(not_canonical()) } else { Ok(()) }
}

#[cold]
fn not_canonical() -> Denial {
    refusal("not-canonical", "scope")
}

fn not_empty<T>(parts: Vec<T>, field: &'static str) -> Result<Vec<T>> {
    if parts.is_empty() { Err(refusal("empty-list", field)) } else { Ok(parts) }
}

fn sequence<'a>(element: Element<'a>, field: &'static str) -> Result<Reader<'a>> {
    if element.tag == tag::SEQUENCE { Ok(Reader::new(element.content)) } else { Err(refusal("unexpected-tag", field)) }
}

fn utf8<'a>(element: Element<'a>, field: &'static str) -> Result<&'a str> {
    if element.tag == tag::UTF8_STRING { text(element.content, field) } else { Err(refusal("unexpected-tag", field)) }
}

fn item(element: Element<'_>) -> Result<&str> {
    utf8(element, "text")
}

fn owned(element: Element<'_>) -> Result<String> {
    item(element).map(str::to_owned)
}

fn text<'a>(content: &'a [u8], field: &'static str) -> Result<&'a str> {
    der::utf8(content).map_err(malformed(field))
}

fn number<T: TryFrom<i128>>(content: &[u8], field: &'static str) -> Result<T> {
    let number = der::integer(content).and_then(der::small_integer).map_err(malformed(field))?;
    T::try_from(number).map_err(|_| refusal("integer-range", field).requested(number.to_string()))
}

/// A BOOLEAN DEFAULT FALSE: DER leaves the default out.
fn default_false(fields: &mut Reader<'_>, field: &'static str) -> Result<bool> {
    match fields.optional(tag::BOOLEAN).map_err(malformed(field))? {
        None => Ok(false),
        Some(element) if der::boolean(element.content).map_err(malformed(field))? => Ok(true),
        Some(_) => Err(refusal("default-encoded", field)),
    }
}

fn end(fields: &Reader<'_>, field: &'static str) -> Result<()> {
    if fields.is_empty() { Ok(()) } else { Err(refusal("unknown-element", field)) }
}

fn refusal(rule: &'static str, field: impl Into<Fact>) -> Denial {
    Denial::new(Code::ScopeMalformed, rule).field(field)
}

fn malformed(field: &'static str) -> impl Fn(Malformed) -> Denial {
    move |malformed| malformed.denial(Code::ScopeMalformed, field)
}

fn fault(field: &'static str) -> impl Fn(Fault) -> Denial {
    move |fault| refusal(fault.rule, field).requested(fault.detail)
}
