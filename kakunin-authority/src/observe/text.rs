//! Texts: what they have in common, from the tightest reading to the loosest. The first that accepts them all is written.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use kakunin_core::encoding::json::Json;

use super::figure;
use super::shape::words;
use super::trial;
use super::value::times;
use super::written::{ParamLine, Written, counted, text, texts as list};

/// Most texts that are taken for all that there are, and how often on average each was seen then at least.
const FEW: usize = 8;
const TIMES: usize = 3;
/// Most names in a list of hosts, domains or addresses of one kind.
const NAMES: usize = 16;
/// Shortest prefix that makes a pattern: `c_`.
const PREFIX: usize = 2;
/// How much longer than the longest text that was seen free text may be.
const LONGER: u64 = 2;

/// Forms that many texts have, as regular expressions.
const FORMS: [(&str, &str); 5] = [
    ("a date", "[0-9]{4}-[0-9]{2}-[0-9]{2}"),
    ("a UUID", "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"),
    ("a time", "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,9})?(Z|[+\\-][0-9]{2}:[0-9]{2})"),
    ("an IBAN", "[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}"),
    ("a SHA-256 in hex", "[0-9a-f]{64}"),
];

/// What one reading makes of the texts.
struct Reading {
    members: Vec<String>,
    why: String,
    warning: Option<String>,
}

/// What the texts at a path, whose last key is `name`, ask for.
pub(super) fn texts(path: String, name: &str, values: &[&str]) -> ParamLine {
    let seen = Seen { name: words(name), distinct: values.iter().copied().collect(), count: values.len() };
    let line = |written, why, warning| ParamLine { path: path.clone(), written, optional: false, why, warning };
    if let (Some(only), 1) = (seen.distinct.first(), seen.distinct.len()) {
        return line(Written::Values(text(only)), format!("nothing but this {}", times(seen.count)), None);
    }
    let json: Vec<Json> = seen.distinct.iter().map(|value| Json::from(*value)).collect();
    let readings: [fn(&Seen<'_>) -> Option<Reading>; 9] =
        [emails, urls, few, addresses, hosts, paths, forms, digits, prefix];
    for reading in readings {
        let Some(Reading { members, why, warning }) = reading(&seen) else { continue };
        let written = Written::Members(members);
        if trial::accepts(&written.toml(false), &json) {
            let written = match written {
                Written::Members(members) => match members.as_slice() {
                    [one] => one
                        .strip_prefix("one-of = ")
                        .map_or(Written::Members(members.clone()), |values| Written::Values(values.to_owned())),
                    _ => Written::Members(members),
                },
                values => values,
            };
            return line(written, format!("{why} {}", times(seen.count)), warning);
        }
    }
    let longest = seen.distinct.iter().map(|value| value.chars().count()).max().unwrap_or(0) as u64;
    let bound = figure::head_room(longest.max(1), LONGER);
    let members = vec!["type = \"string\"".to_owned(), format!("length = {{ max = {bound} }}")];
    let why = format!("{} different texts, the longest of {longest} characters", seen.distinct.len());
    let warning = "free text: anything of that length may stand in it; narrow it by hand if you can".to_owned();
    line(Written::Members(members), why, Some(warning))
}

struct Seen<'v> {
    /// The words of the parameter's name.
    name: Vec<String>,
    distinct: BTreeSet<&'v str>,
    count: usize,
}

impl Seen<'_> {
    fn is_named(&self, names: &[&str]) -> bool {
        self.name.iter().any(|word| names.contains(&word.as_str()))
    }

    fn is_few(&self) -> bool {
        self.distinct.len() <= FEW && self.count >= TIMES * self.distinct.len()
    }

    fn all(&self, test: impl Fn(&str) -> bool) -> bool {
        self.distinct.iter().all(|value| test(value))
    }
}

fn reading(member: String, why: impl Into<String>) -> Reading {
    Reading { members: vec![member], why: why.into(), warning: None }
}

fn few(seen: &Seen<'_>) -> Option<Reading> {
    let why = format!("nothing but these {}", seen.distinct.len());
    seen.is_few().then(|| reading(format!("one-of = {}", list(seen.distinct.iter().copied())), why))
}

fn emails(seen: &Seen<'_>) -> Option<Reading> {
    let mut domains = BTreeSet::new();
    for value in &seen.distinct {
        let (local, domain) = value.rsplit_once('@')?;
        if local.is_empty() || !domain.contains('.') {
            return None;
        }
        domains.insert(domain.to_ascii_lowercase());
    }
    if seen.is_few() {
        let why = format!("e-mail, nothing but these {}", seen.distinct.len());
        return Some(reading(format!("email = {{ addresses = {} }}", list(seen.distinct.iter().copied())), why));
    }
    let count = domains.len();
    let (names, warning) = names(&domains)?;
    let mut reading = reading(
        format!("email = {{ domains = {} }}", list(names.iter().map(String::as_str))),
        format!("e-mail, {} different addresses at {}", seen.distinct.len(), counted(count, "domain")),
    );
    reading.warning = warning;
    Some(reading)
}

fn urls(seen: &Seen<'_>) -> Option<Reading> {
    let (mut schemes, mut hosts, mut ports) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let mut folder: Option<Vec<&str>> = None;
    for value in &seen.distinct {
        let (scheme, rest) = value.split_once("://")?;
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at_checked(end)?;
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => {
                (host, Some(port.parse::<u16>().ok()?))
            }
            _ => (authority, None),
        };
        let scheme = scheme.to_ascii_lowercase();
        let own = match scheme.as_str() {
            "http" => Some(80),
            "https" => Some(443),
            _ => None,
        };
        ports.insert((port.or(own)?, port.is_some() && port != own));
        schemes.insert(scheme);
        hosts.insert(host.to_ascii_lowercase());
        let path = rest.split(['?', '#']).next().unwrap_or_default();
        let segments: Vec<&str> = path.split('/').skip(1).collect();
        let above = segments.split_last().map(|(_, above)| above.to_vec()).unwrap_or_default();
        folder = Some(folder.map_or(above.clone(), |folder| common(&folder, &above)));
    }
    let count = hosts.len();
    let (names, warning) = names(&hosts)?;
    let mut members = Vec::new();
    if schemes.iter().ne(["https"]) {
        members.push(format!("schemes = {}", list(schemes.iter().map(String::as_str))));
    }
    members.push(format!("hosts = {}", list(names.iter().map(String::as_str))));
    if ports.iter().any(|(_, stated)| *stated) {
        let ports: BTreeSet<String> = ports.iter().map(|(port, _)| port.to_string()).collect();
        members.push(format!("ports = [{}]", ports.into_iter().collect::<Vec<_>>().join(", ")));
    }
    if let Some(folder) = folder.filter(|folder| !folder.is_empty()) {
        members.push(format!("path = {}", text(&format!("/{}", folder.join("/")))));
    }
    let why = format!("URLs of {}", counted(count, "host"));
    let mut reading = reading(format!("url = {{ {} }}", members.join(", ")), why);
    reading.warning = warning;
    Some(reading)
}

fn addresses(seen: &Seen<'_>) -> Option<Reading> {
    let parsed: Option<Vec<IpAddr>> = seen.distinct.iter().map(|value| value.parse().ok()).collect();
    let parsed = parsed.filter(|parsed| parsed.len() <= NAMES)?;
    let networks: Vec<String> =
        parsed.iter().map(|address| format!("{address}/{}", if address.is_ipv4() { 32 } else { 128 })).collect();
    let networks = list(networks.iter().map(String::as_str));
    Some(reading(format!("net = {networks}"), "IP addresses, nothing but these"))
}

fn hosts(seen: &Seen<'_>) -> Option<Reading> {
    // `report.pdf` is a host name too: only the parameter's name tells them apart.
    if !seen.is_named(&["host", "hostname", "domain", "server", "fqdn"]) || !seen.all(|value| value.contains('.')) {
        return None;
    }
    let hosts: BTreeSet<String> = seen.distinct.iter().map(|value| value.to_ascii_lowercase()).collect();
    let (names, warning) = names(&hosts)?;
    let mut reading =
        reading(format!("domain = {}", list(names.iter().map(String::as_str))), format!("{} host names", hosts.len()));
    reading.warning = warning;
    Some(reading)
}

/// Names themselves, or what they are below if they are many.
fn names(hosts: &BTreeSet<String>) -> Option<(Vec<String>, Option<String>)> {
    if hosts.len() <= NAMES {
        return Some((hosts.iter().cloned().collect(), None));
    }
    let mut below: BTreeMap<String, bool> = BTreeMap::new();
    for host in hosts {
        let labels: Vec<&str> = host.rsplitn(3, '.').collect();
        let [last, second, rest @ ..] = labels.as_slice() else { return None };
        *below.entry(format!("{second}.{last}")).or_default() |= rest.is_empty();
    }
    if below.len() > NAMES {
        return None;
    }
    let names = below.iter().flat_map(|(domain, apex)| {
        let apex = apex.then(|| domain.clone());
        apex.into_iter().chain([format!("*.{domain}")])
    });
    let warning = "many names below these domains: everything below is allowed; see that nobody else has names there";
    Some((names.collect(), Some(warning.to_owned())))
}

fn paths(seen: &Seen<'_>) -> Option<Reading> {
    if !seen.all(|value| value.contains('/'))
        && !seen.is_named(&["path", "file", "filename", "dir", "directory", "folder"])
    {
        return None;
    }
    let mut root: Option<Vec<&str>> = None;
    for value in &seen.distinct {
        let segments: Vec<&str> = value.split('/').collect();
        let above = segments.split_last()?.1.to_vec();
        root = Some(root.map_or(above.clone(), |root| common(&root, &above)));
    }
    let root = root.filter(|root| root.iter().any(|segment| !segment.is_empty()))?.join("/");
    Some(reading(format!("path = {}", text(&root)), format!("{} paths below one folder", seen.distinct.len())))
}

fn common<'s>(a: &[&'s str], b: &[&'s str]) -> Vec<&'s str> {
    a.iter().zip(b).take_while(|(a, b)| a == b).map(|(a, _)| *a).collect()
}

fn forms(seen: &Seen<'_>) -> Option<Reading> {
    let json: Vec<Json> = seen.distinct.iter().map(|value| Json::from(*value)).collect();
    let mut written = FORMS.iter().map(|(what, form)| (what, format!("regex = {}", text(form))));
    let (what, member) = written.find(|(_, member)| trial::accepts(&format!("{{ {member} }}"), &json))?;
    Some(reading(member, format!("{what}, {} different ones", seen.distinct.len())))
}

fn digits(seen: &Seen<'_>) -> Option<Reading> {
    if !seen.all(|value| !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit())) {
        return None;
    }
    let (least, most) = lengths(seen);
    let count = if least == most { format!("{{{least}}}") } else { format!("{{{least},{most}}}") };
    Some(reading(format!("regex = \"[0-9]{count}\""), format!("digits, {} different ones", seen.distinct.len())))
}

/// A common beginning, as far as its last separator: `cus_`.
fn prefix(seen: &Seen<'_>) -> Option<Reading> {
    let (first, last) = (seen.distinct.first()?, seen.distinct.last()?);
    let same: usize = first.chars().zip(last.chars()).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum();
    let common = first.get(..same)?;
    let end = common.rfind(['_', '-', ':', '.', '/', '#', '='])?;
    let prefix = common.get(..=end).filter(|prefix| prefix.len() >= PREFIX && !prefix.contains(['*', ' ']))?;
    let letters = prefix.chars().any(char::is_alphanumeric);
    if !letters || seen.distinct.contains(prefix) {
        return None;
    }
    let (_, longest) = lengths(seen);
    let members = vec![
        format!("glob = {}", text(&format!("{prefix}*"))),
        format!("length = {{ max = {} }}", figure::head_room(longest, 1)),
    ];
    let why = format!("{} different texts with one beginning", seen.distinct.len());
    Some(Reading { members, why, warning: None })
}

fn lengths(seen: &Seen<'_>) -> (u64, u64) {
    let lengths = || seen.distinct.iter().map(|value| value.chars().count() as u64);
    (lengths().min().unwrap_or(0), lengths().max().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(name: &str, values: &[&str]) -> String {
        texts("p".into(), name, values).written.toml(false)
    }

    #[test]
    fn texts_become_the_tightest_reading_that_accepts_them() {
        let ids: Vec<String> = (0..20).map(|n| format!("cus_{n:04}x")).collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let many_hosts: Vec<String> = (0..40).map(|n| format!("h{n}.acme.com")).collect();
        let many_hosts: Vec<&str> = many_hosts.iter().map(String::as_str).collect();
        for (name, values, expected) in [
            ("x", &["EUR"; 3][..], "\"EUR\""),
            ("x", &["a", "b", "a", "b", "b", "a"], "[\"a\", \"b\"]"),
            ("to", &["x@acme.com", "y@acme.com"], "{ email = { domains = [\"acme.com\"] } }"),
            (
                "to",
                &["x@acme.com", "x@acme.com", "x@acme.com", "y@acme.com", "y@acme.com", "y@acme.com"],
                "{ email = { addresses = [\"x@acme.com\", \"y@acme.com\"] } }",
            ),
            (
                "u",
                &["https://api.acme.com/v1/a", "https://api.acme.com/v1/b?c"],
                "{ url = { hosts = [\"api.acme.com\"], path = \"/v1\" } }",
            ),
            ("host", &["a.acme.com", "b.acme.com"], "{ domain = [\"a.acme.com\", \"b.acme.com\"] }"),
            ("host", &many_hosts, "{ domain = [\"*.acme.com\"] }"),
            ("f", &["/srv/data/a.csv", "/srv/data/x/b.csv"], "{ path = \"/srv/data\" }"),
            ("f", &["/etc/passwd", "/srv/a"], "{ type = \"string\", length = { max = 25 } }"),
            ("customer", &ids, "{ glob = \"cus_*\", length = { max = 10 } }"),
            ("note", &["Hello there", "Thanks!"], "{ type = \"string\", length = { max = 25 } }"),
            ("file", &["report.pdf", "list.txt"], "{ type = \"string\", length = { max = 20 } }"),
        ] {
            assert_eq!(written(name, values), expected, "{values:?}");
        }
    }
}
