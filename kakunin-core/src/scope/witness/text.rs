//! Texts that patterns, roots and names accept: their runs and labels filled, with letters of no constraint, with pieces of
//! the others, and to the lengths that are asked for.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::scope::{Constraint, Network, UrlSet};

/// Longest text that is made, in characters. 8,192: an eighth of what arguments may take.
const LONGEST: u32 = 8_192;
/// Most pieces of other patterns that runs are filled with.
const PIECES: usize = 16;
/// Most members of one set of names that are tried.
const NAMES: usize = 48;
/// What a run may take that a path may not hold, or not at its beginning.
const ODD: [&str; 6] = ["~", "%", "\\", "..", ".", " "];

/// What texts at one place are made of.
pub(super) struct Words {
    /// A letter that no constraint holds.
    letter: char,
    /// Literal pieces of patterns and roots.
    pieces: Vec<String>,
    /// Lengths to come to.
    lengths: Vec<u32>,
}

impl Words {
    pub(super) fn of(constraints: &[&Constraint]) -> Self {
        let (mut pieces, mut lengths, mut all) = (Vec::new(), Vec::new(), String::new());
        for constraint in constraints {
            match constraint {
                Constraint::Glob(glob) => {
                    pieces.extend(glob.pattern().split('*').filter(|piece| !piece.is_empty()).map(str::to_owned));
                }
                Constraint::Path(root) => pieces.push(root.root().to_owned()),
                Constraint::Length(length) => {
                    for bound in [length.min(), length.max()].into_iter().flatten() {
                        lengths.extend([bound, bound.saturating_sub(1), bound.saturating_add(1)]);
                    }
                }
                _ => {}
            }
            if !matches!(constraint, Constraint::Length(_) | Constraint::Range(_) | Constraint::Type(_)) {
                all.push_str(&constraint.to_string());
            }
        }
        pieces.sort_unstable();
        pieces.dedup();
        pieces.truncate(PIECES);
        lengths.sort_unstable();
        lengths.dedup();
        // Of the pattern's own words only those that `Display` adds are in `all` besides.
        let letter = "qzxjkvwy".chars().find(|letter| !all.contains(*letter)).unwrap_or('q');
        Self { letter, pieces, lengths: lengths.into_iter().filter(|length| *length <= LONGEST).collect() }
    }

    pub(super) fn letters(&self, count: usize) -> String {
        String::from(self.letter).repeat(count)
    }

    /// Texts of every length asked for: `head`, letters, `tail`.
    fn padded(&self, head: &str, tail: &str) -> impl Iterator<Item = String> {
        let bare = head.chars().count() + tail.chars().count();
        self.lengths.iter().filter_map(move |length| {
            let letters = (*length as usize).checked_sub(bare)?;
            Some(format!("{head}{}{tail}", self.letters(letters)))
        })
    }
}

/// A text of `count` letters, if it is not too long.
pub(super) fn of_length(count: u32, words: &Words) -> Option<String> {
    (count <= LONGEST).then(|| words.letters(count as usize))
}

/// Texts of no constraint.
pub(super) fn plain(words: &Words) -> Vec<String> {
    let mut texts: Vec<String> = words.pieces.clone();
    let letter = words.letters(1);
    for (before, after) in
        [("", ""), ("~", ""), ("", "%"), ("", "\\"), ("/", ""), ("", "/q"), ("/", "/q"), ("", "/../q"), ("", ".")]
    {
        texts.push(format!("{before}{letter}{after}"));
    }
    let odd =
        ["", " ", "..", "0", "-1", "1.0", "Q", "é", "q q", "\u{1}", "\u{85}", "a@b.example", "b.example", "10.0.0.1"];
    texts.extend(odd.into_iter().map(str::to_owned));
    texts
}

/// Texts that `constraint`, one of those that accept only text, accepts, and a few that it may not.
pub(super) fn of(constraint: &Constraint, words: &Words) -> Vec<String> {
    match constraint {
        Constraint::Glob(glob) => glob_texts(glob.pattern(), words),
        Constraint::Path(root) => path_texts(root.root(), words),
        Constraint::Domain(domains) => domains.names().iter().take(NAMES).flat_map(|name| hosts(name, words)).collect(),
        Constraint::Email(emails) => {
            let domains = emails.domains().iter().take(NAMES).flat_map(|name| hosts(name, words));
            let addresses = emails.addresses().iter().take(NAMES);
            let mut texts: Vec<String> = addresses.clone().cloned().collect();
            texts.extend(
                addresses.filter_map(|address| Some(format!("{}@{}", words.letters(1), address.split_once('@')?.1))),
            );
            for domain in domains {
                texts.push(format!("{}@{domain}", words.letters(1)));
                texts.extend(words.padded("", &format!("@{domain}")));
            }
            texts
        }
        Constraint::Url(urls) => url_texts(urls, words),
        Constraint::Net(nets) => nets.networks().iter().take(NAMES).flat_map(addresses).collect(),
        _ => Vec::new(),
    }
}

/// The pattern with its runs filled.
fn glob_texts(pattern: &str, words: &Words) -> Vec<String> {
    let literals: Vec<&str> = pattern.split('*').collect();
    // `**` leaves an empty literal between its two stars: the run before it is filled with nothing more.
    let deep: Vec<bool> = literals.iter().enumerate().map(|(index, literal)| index > 0 && literal.is_empty()).collect();
    let runs = literals.len().saturating_sub(1);
    if runs == 0 {
        return vec![pattern.to_owned()];
    }
    let fill = |fillers: &dyn Fn(usize) -> String| {
        let mut text = String::new();
        for (index, literal) in literals.iter().enumerate() {
            text.push_str(literal);
            if index < runs {
                text.push_str(&fillers(index));
            }
        }
        text
    };
    let letter = words.letters(1);
    // The second star of `**` takes nothing, so that a filler stands once.
    let once = |index: usize, filler: &str| {
        if deep.get(index) == Some(&true) && index < runs { String::new() } else { filler.to_owned() }
    };
    let mut texts = vec![fill(&|index| once(index, &letter)), fill(&|_| String::new())];
    let slashed = ["q/q", "q/q/q"].map(str::to_owned);
    let odd = ODD.into_iter().map(str::to_owned);
    let twice = [words.letters(2), format!("{letter} {letter}"), "Q".to_owned()];
    let joined = words.pieces.iter().map(|piece| format!("{letter}{piece}{letter}"));
    for filler in slashed.into_iter().chain(words.pieces.iter().cloned()).chain(joined).chain(twice).chain(odd) {
        texts.push(fill(&|index| once(index, &filler)));
        for run in [0, runs - 1] {
            texts.push(fill(&|index| if index == run { filler.clone() } else { String::new() }));
            texts.push(fill(&|index| if index == run { filler.clone() } else { once(index, &letter) }));
        }
    }
    let (head, tail) = pattern.split_once('*').unwrap_or((pattern, ""));
    texts.extend(words.padded(head, &tail.replace('*', "")));
    texts
}

/// Paths under the root, and the root.
fn path_texts(root: &str, words: &Words) -> Vec<String> {
    let base = if root == "/" { "" } else { root };
    let letter = words.letters(1);
    let mut texts = vec![format!("{base}/{letter}"), format!("{base}/{letter}/{letter}"), root.to_owned()];
    texts.push(format!("{base}/{letter} {letter}"));
    texts.extend(words.pieces.iter().map(|piece| format!("{base}/{}", piece.trim_matches('/'))));
    texts.extend(words.pieces.iter().map(|piece| format!("{base}/{}/{letter}", piece.trim_matches('/'))));
    texts.extend(words.padded(&format!("{base}/"), ""));
    texts
}

/// Hosts of a name: itself, or one and two labels below a wildcard, down to a length.
fn hosts(name: &str, words: &Words) -> Vec<String> {
    let Some(parent) = name.strip_prefix("*.") else { return vec![name.to_owned()] };
    let letter = words.letters(1);
    let mut hosts = vec![format!("{letter}.{parent}"), format!("{letter}.{letter}.{parent}")];
    for length in &words.lengths {
        let Some(mut left) = (*length as usize).checked_sub(parent.len() + 1) else { continue };
        let mut labels = Vec::new();
        while left > 0 {
            // A label has at most 63 letters, and a dot must not be the last that is left.
            let label = if left == 64 { 62 } else { left.min(63) };
            labels.push(words.letters(label));
            left = left.saturating_sub(label + 1);
        }
        if !labels.is_empty() {
            hosts.push(format!("{}.{parent}", labels.join(".")));
        }
    }
    hosts
}

/// The first and last addresses of a network, and those just beside it.
fn addresses(network: &Network) -> Vec<String> {
    let prefix = u32::from(network.prefix());
    let (first, width) = match network.address() {
        IpAddr::V4(address) => (u128::from(u32::from(address)), 32),
        IpAddr::V6(address) => (u128::from(address), 128),
    };
    let rest = 1_u128.checked_shl(width - prefix).map_or(u128::MAX, |size| size - 1);
    let last = first | rest;
    let address = |number: u128| match network.address() {
        IpAddr::V4(_) => u32::try_from(number).ok().map(|number| IpAddr::V4(Ipv4Addr::from(number))),
        IpAddr::V6(_) => Some(IpAddr::V6(Ipv6Addr::from(number))),
    };
    let near = [
        Some(first),
        Some(last),
        first.checked_add(1),
        first.checked_sub(1),
        last.checked_add(1),
        first.checked_add(rest / 2),
    ];
    near.into_iter().flatten().filter_map(address).map(|address| address.to_string()).collect()
}

/// URLs of the first of each part, each of the other parts in turn, and paths that some prefixes refuse.
fn url_texts(urls: &UrlSet, words: &Words) -> Vec<String> {
    let letter = words.letters(1);
    let own: Vec<String> = urls
        .hosts()
        .iter()
        .take(NAMES)
        .flat_map(|name| hosts(name, words))
        .map(|host| if host.contains(':') { format!("[{host}]") } else { host })
        .collect();
    let mut ports: Vec<String> = urls.ports().iter().take(NAMES).map(|port| format!(":{port}")).collect();
    if ports.is_empty() {
        ports.push(String::new());
        ports.extend([":443", ":80", ":8080"].map(str::to_owned));
    } else {
        ports.push(String::new());
    }
    let prefix = urls.path().filter(|path| *path != "/").unwrap_or_default();
    let mut paths =
        vec![format!("{prefix}/{letter}"), prefix.to_owned(), format!("{prefix}/"), format!("{prefix}?{letter}")];
    if urls.path().is_none() {
        paths.extend(["//q", "/../q", "/%2e%2e/q", "/%2f", "/q;q"].map(str::to_owned));
    }
    let bare = |scheme: &str, host: &str, port: &str| format!("{scheme}://{host}{port}");
    let (Some(scheme), Some(host), Some(port), Some(path)) =
        (urls.schemes().first(), own.first(), ports.first(), paths.first())
    else {
        return Vec::new();
    };
    let mut texts = vec![format!("{}{path}", bare(scheme, host, port))];
    for scheme in urls.schemes() {
        texts.extend(ports.iter().map(|port| format!("{}{path}", bare(scheme, host, port))));
    }
    texts.extend(own.iter().map(|host| format!("{}{path}", bare(scheme, host, port))));
    texts.extend(paths.iter().map(|path| format!("{}{path}", bare(scheme, host, port))));
    texts.extend(words.padded(&format!("{}{prefix}/", bare(scheme, host, port)), ""));
    texts.extend(words.padded(&format!("{}?", bare(scheme, host, port)), ""));
    texts
}
