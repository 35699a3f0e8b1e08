//! From what a record has seen to the tightest scope that a person can read and that allows it.
//!
//! ```text
//! records ─ seen ─▶ calls, by action ─ split ─▶ cases that one grant can hold ─ shape ─▶ parameters ─ value, text ─▶ constraints
//!                                   └─ limits ─▶ rates, budgets
//! ```
//! Every generalisation is told beside what it made, with what it was made from. What the calls do not show is not guessed:
//! text that follows no pattern stays free text of a bounded length, and is called so.

mod figure;
mod limits;
mod seen;
mod shape;
mod split;
mod suggestion;
mod text;
mod trial;
mod value;
mod written;

pub(crate) use seen::{Seen, Wanted};
pub(crate) use suggestion::Suggestion;

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use kakunin_core::encoding::json::{Json, Number, Object};
    use kakunin_core::scope::{Scope, authoring};
    use kakunin_core::time::UnixTime;

    use super::seen::SeenCall;
    use super::*;

    /// SplitMix64: the same calls in every run.
    struct Random(u64);

    impl Random {
        fn below(&mut self, bound: usize) -> usize {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            ((mixed ^ (mixed >> 31)) % bound as u64) as usize
        }

        fn chance(&mut self, one_in: usize) -> bool {
            self.below(one_in) == 0
        }

        fn pick<T: Copy>(&mut self, from: &[T]) -> T {
            from[self.below(from.len())]
        }
    }

    /// What a tool takes: each kind of value that a suggestion has a reading for, and what has none.
    #[derive(Clone)]
    enum Kind {
        Object(Vec<(String, usize, Kind)>),
        Array(usize, Box<Kind>),
        Number(i64, u32),
        Boolean,
        Text(usize),
        Word,
        Currency,
        Mixed,
        Null,
    }

    const KEYS: &[&str] =
        &["amount", "currency", "customer", "to", "file.path", "x[]", "note", "url", "host", "", "a\\b", "é\n"];

    fn kind(random: &mut Random, depth: usize) -> Kind {
        match random.below(if depth == 0 { 7 } else { 10 }) {
            0 => Kind::Number(10_i64.pow(1 + random.below(6) as u32), random.below(3) as u32),
            1 => Kind::Boolean,
            2 | 3 => Kind::Text(random.below(9)),
            4 => Kind::Word,
            5 => Kind::Mixed,
            6 => Kind::Null,
            7 => Kind::Array(random.below(5), Box::new(kind(random, depth - 1))),
            _ => members(random, depth - 1),
        }
    }

    fn members(random: &mut Random, depth: usize) -> Kind {
        let mut members = BTreeMap::new();
        for _ in 0..random.below(5) {
            let key = random.pick(KEYS);
            let kind = if key == "currency" { Kind::Currency } else { kind(random, depth) };
            members.insert(key.to_owned(), (1 + random.below(4), kind));
        }
        Kind::Object(members.into_iter().map(|(key, (absent, kind))| (key, absent, kind)).collect())
    }

    fn value(random: &mut Random, kind: &Kind) -> Json {
        let number = |double: f64| Json::Number(Number::from_double(double).unwrap());
        match kind {
            Kind::Object(members) => {
                let mut object = Object::new();
                for (key, absent, kind) in members {
                    if *absent == 1 || !random.chance(*absent) {
                        object.insert(key.as_str(), value(random, kind));
                    }
                }
                Json::Object(object)
            }
            Kind::Array(most, kind) => Json::Array((0..random.below(most + 1)).map(|_| value(random, kind)).collect()),
            Kind::Number(most, digits) => {
                let scale = 10_f64.powi(*digits as i32);
                number((random.below(2 * *most as usize) as f64 - *most as f64 / 2.0) / scale)
            }
            Kind::Boolean => Json::Bool(random.chance(2)),
            Kind::Text(form) => Json::Text(text(random, *form)),
            Kind::Word => Json::from(random.pick(&["low", "high", "", "\"\n", "\u{202e}"])),
            Kind::Currency => Json::from(random.pick(&["EUR", "USD", "EUR", "JPY"])),
            Kind::Mixed => match random.below(5) {
                0 => Json::Null,
                1 => number(random.below(100) as f64),
                2 => Json::Text(text(random, 0)),
                3 => Json::Array(vec![]),
                _ => Json::Object(Object::new()),
            },
            Kind::Null => {
                if random.chance(3) {
                    Json::Null
                } else {
                    Json::from("x")
                }
            }
        }
    }

    fn text(random: &mut Random, form: usize) -> String {
        let n = random.below(1_000);
        match form {
            0 => format!("note {n} …"),
            1 => format!("cus_{n}"),
            2 => format!("u{n}@h{}.acme.com", n % 30),
            3 => format!("https://h{}.acme.com:84{}/v1/{n}?q", n % 3, 40 + n % 4),
            4 => format!("/srv/{}/{n}.csv", n % 2),
            5 => format!("2026-11-{:02}", 1 + n % 28),
            6 => format!("10.0.0.{}", n % 200),
            7 => format!("{}{n}", if random.chance(4) { "../" } else { "a/" }),
            _ => n.to_string(),
        }
    }

    #[test]
    fn a_suggestion_compiles_allows_every_call_and_is_narrower_than_everything() {
        let everything = authoring::compile("[[grant]]\naction = \"**\"\nopen = true", authoring::Format::Toml)
            .or_else(|_| authoring::compile("[[grant]]\naction = \"*\"\nopen = true", authoring::Format::Toml))
            .unwrap();
        let (mut random, mut unnamed, mut grants) = (Random(7), 0, 0);
        for round in 0..300 {
            let tools: Vec<(String, Kind)> =
                (0..1 + random.below(3)).map(|n| (format!("tool{n}.run"), members(&mut random, 3))).collect();
            let mut seen = Seen::default();
            let mut clock = 1_790_000_000;
            for _ in 0..1 + random.below(60) {
                clock += random.below(4_000) as i64;
                let (action, kind) = &tools[random.below(tools.len())];
                let Json::Object(params) = value(&mut random, kind) else { panic!("a tool takes an object") };
                seen.calls.push(SeenCall { at: UnixTime::from_seconds(clock), action: action.clone(), params });
            }
            let suggestion = Suggestion::of(&seen);
            let toml = suggestion.toml();
            let scope = authoring::compile(&toml, authoring::Format::Toml)
                .unwrap_or_else(|mistakes| panic!("round {round}: {}\n{toml}", mistakes[0]));
            everything.contains(&scope).unwrap();
            grants += scope.grants().len();
            for call in &seen.calls {
                let refused = refused(&scope, call);
                // The empty key, which no path can name, at the top of the arguments.
                let nameless = call.params.get("").is_some();
                unnamed += usize::from(nameless);
                let told = suggestion.warnings.iter().any(|warning| warning.contains("that no grant can name"));
                assert!(refused.is_none() || told, "round {round}: {refused:?} {:?}\n{toml}", call.params);
            }
            assert_eq!(suggestion.json().as_array().unwrap().len(), scope.grants().len(), "{toml}");
        }
        assert!(grants > 300 && unnamed > 0, "{grants} grants");
    }

    fn refused(scope: &Scope, call: &SeenCall) -> Option<String> {
        trial::refused(scope, &call.action, &call.params)
    }
}
