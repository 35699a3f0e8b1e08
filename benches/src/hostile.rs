//! Scopes that are made to cost time, memory or the stack: as certificates carry them, and as authors write them.

use std::hint::black_box;

use kakunin_core::bounds::Bounds;
use kakunin_core::encoding::der::{Tag, Writer, tag};
use kakunin_core::encoding::json::{Json, Object};
use kakunin_core::scope::authoring::{Format, compile};
use kakunin_core::scope::{Accepted, Call, Scope};
use kakunin_core::time::UnixTime;
use kakunin_testkit::NOW;

use crate::scope::scope;

/// A scope that is refused.
pub struct Hostile {
    /// What it is made of.
    pub name: &'static str,
    form: Form,
}

enum Form {
    Encoded(Vec<u8>),
    Json(String),
}

/// Tags of docs/scope.asn1.
const GLOB: Tag = tag::context(3);
const REGEX: Tag = tag::context(4);

impl Hostile {
    /// Every kind.
    pub fn all() -> Vec<Self> {
        let regexes = regexes();
        let mut all: Vec<_> = regexes.iter().map(|(name, text)| Self::encoded(name, constraint(REGEX, text))).collect();
        all.extend([
            Self::encoded("glob", constraint(GLOB, &"a*".repeat(20_000))),
            Self::encoded("grants", grants(1_025)),
            Self::encoded("nested", nested(10_000)),
            Self::encoded("regexes", many_regexes()),
            Self::encoded("approvers", approvers()),
            Self::encoded("limits", limits()),
            Self::encoded("large", constraint(GLOB, &"x".repeat(49_000))),
            Self::authored("deep-document", &format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000))),
            Self::authored("long-list", &format!("[{}]", vec!["1"; 100_000].join(", "))),
            Self::authored("decimal", &format!("{{\"max\": {}}}", "9".repeat(100_000))),
            Self::authored("regex", &format!("{{\"regex\": \"{}\"}}", "(a|b)".repeat(100_000))),
        ]);
        all
    }

    const fn encoded(name: &'static str, der: Vec<u8>) -> Self {
        Self { name, form: Form::Encoded(der) }
    }

    /// The parameter `p` as an author says it.
    fn authored(name: &'static str, parameter: &str) -> Self {
        let document = format!("{{\"grant\": [{{\"action\": \"a\", \"params\": {{\"p\": {parameter}}}}}]}}");
        Self { name, form: Form::Json(document) }
    }

    /// Whether it is refused, which it is.
    pub fn is_refused(&self) -> bool {
        match &self.form {
            Form::Encoded(der) => Scope::decode(black_box(der), &Bounds::default()).is_err(),
            Form::Json(document) => compile(black_box(document), Format::Json).is_err(),
        }
    }
}

/// Expressions that grow when they are compiled, or are nested.
fn regexes() -> [(&'static str, String); 4] {
    [
        ("regex-alternatives", "(a|b)".repeat(9_000)),
        ("regex-repeated", "((((a{1000}){1000}){1000}){1000}){1000}".to_owned()),
        ("regex-classes", "[^a]{1000}".repeat(100)),
        ("regex-nested", format!("{}a{}", "(".repeat(20_000), ")".repeat(20_000))),
    ]
}

/// As many expressions as a scope holds, each of which is allowed alone.
fn many_regexes() -> Vec<u8> {
    grant_of(|params| {
        for path in 1_000..1_350 {
            params.sequence(|param| {
                param.sequence(|steps| _ = steps.utf8(&path.to_string())).constructed(tag::SET, |all| {
                    for count in 990..1_000 {
                        _ = all.primitive(REGEX, format!(".{{{count}}}").as_bytes());
                    }
                });
            });
        }
    })
}

/// Thousands of approvers, and grants that name many of them, the last of whom nobody is.
fn approvers() -> Vec<u8> {
    let name = |number: usize| format!("{number:04}");
    let mut der = Writer::with_capacity(48 * 1024);
    der.sequence(|scope| {
        scope.integer(tag::INTEGER, 1).constructed(tag::SET, |grants| {
            for number in 1..5 {
                grants.sequence(|grant| {
                    grant.utf8(&name(number)).constructed(tag::SET, |_| ()).constructed(
                        tag::context_constructed(1),
                        |asks| {
                            asks.constructed(tag::SET, |of| (0..1_001).for_each(|number| _ = of.utf8(&name(number))));
                            asks.integer(tag::INTEGER, 1);
                        },
                    );
                });
            }
        });
        scope.constructed(tag::context_constructed(4), |all| {
            for number in 0..1_000 {
                all.sequence(|approver| _ = approver.utf8(&name(number)).primitive(tag::context(1), b"r"));
            }
        });
    });
    der.into_bytes()
}

/// Thousands of limits, the last of which contradicts the one before it.
fn limits() -> Vec<u8> {
    let mut der = Writer::with_capacity(48 * 1024);
    der.sequence(|scope| {
        scope.integer(tag::INTEGER, 1).constructed(tag::SET, |_| ()).constructed(tag::context_constructed(1), |all| {
            let mut limit = |max: u8, window: i128| {
                all.sequence(|limit| _ = limit.primitive(tag::context(0), &[max]).integer(tag::INTEGER, window));
            };
            (1_000..5_000).for_each(|window| limit(1, window));
            limit(2, 4_999);
        });
    });
    der.into_bytes()
}

/// The scope of one grant whose parameter has one constraint, of this tag and content.
fn constraint(tag: Tag, content: &str) -> Vec<u8> {
    grant_of(|params| {
        params.sequence(|param| {
            param
                .sequence(|path| _ = path.utf8("p"))
                .constructed(tag::SET, |all| _ = all.primitive(tag, content.as_bytes()));
        });
    })
}

fn grant_of(params: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let mut der = Writer::with_capacity(64);
    der.sequence(|scope| {
        scope.integer(tag::INTEGER, 1).constructed(tag::SET, |grants| {
            grants.sequence(|grant| _ = grant.utf8("a").constructed(tag::SET, params));
        });
    });
    der.into_bytes()
}

/// A scope of `count` grants, in order.
fn grants(count: usize) -> Vec<u8> {
    let mut der = Writer::with_capacity(count * 16);
    der.sequence(|scope| {
        scope.integer(tag::INTEGER, 1).constructed(tag::SET, |grants| {
            for number in 0..count {
                grants.sequence(|grant| _ = grant.utf8(&format!("a.*.a{number:04}")).constructed(tag::SET, |_| ()));
            }
        });
    });
    der.into_bytes()
}

/// SEQUENCEs in one another where a parameter should stand.
fn nested(depth: usize) -> Vec<u8> {
    grant_of(|params| {
        let mut inner = Vec::new();
        for _ in 0..depth {
            let mut outer = Writer::with_capacity(inner.len() + 8);
            // Beyond what a scope may take, more depth changes nothing.
            if inner.len() > 40_000 {
                break;
            }
            outer.sequence(|content| _ = content.raw(&inner));
            inner = outer.into_bytes();
        }
        params.raw(&inner);
    })
}

/// A scope that is allowed, and a call that is dear to judge by it.
pub struct Dear {
    scope: Scope,
    action: &'static str,
    arguments: Object,
}

impl Dear {
    /// 1,024 grants, as many as there may be, whose patterns all match one action, with a parameter each that refuses the call.
    pub fn overlapping() -> Self {
        let grant = |number: usize| {
            let pattern: Vec<_> = (0..8).map(|place| if number >> place & 1 == 0 { "a" } else { "*" }).collect();
            format!("[[grant]]\naction = \"{}\"\nparams = {{ p = {} }}\n", pattern.join("."), number >> 8)
        };
        let text = (0..1_024).map(grant).collect::<String>();
        Self::new(&text, "a.a.a.a.a.a.a.a", "none of them")
    }

    /// As many of the longest globs as a scope holds, each with all of its states alive, and the longest text, which the last
    /// byte of each refuses.
    pub fn globs() -> Self {
        let glob = |number: usize| {
            let glob = format!("**{}/b{number}*", "/a".repeat(2_040));
            format!("[[grant]]\naction = \"a\"\nparams = {{ p = {{ glob = \"{glob}\" }} }}\n")
        };
        Self::new(&(0..11).map(glob).collect::<String>(), "a", &format!("a{}", "/a".repeat(32_000)))
    }

    fn new(text: &str, action: &'static str, value: &str) -> Self {
        let mut arguments = Object::new();
        arguments.insert("p", Json::from(value.to_owned()));
        Self { scope: scope(text), action, arguments }
    }

    /// Judges the call; whether it is refused, which it is.
    pub fn is_refused(&self) -> bool {
        let now = UnixTime::from_seconds(NOW);
        let call =
            Call { action: black_box(self.action), arguments: &self.arguments, audience: None, region: None, now };
        self.scope.judge(&call, &mut Accepted::default()).is_err()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_refused_for_what_it_is_made_of() {
        for (name, der, expected) in [
            ("regexes", many_regexes(), "regex-size"),
            ("approvers", approvers(), "approver-unknown"),
            ("limits", limits(), "limit-counter"),
        ] {
            let denial = Scope::decode(&der, &Bounds::default()).expect_err(name);
            assert_eq!((name, denial.details().rule), (name, expected));
        }
    }
}
