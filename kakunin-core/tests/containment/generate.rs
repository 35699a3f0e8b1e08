//! Scopes, scopes near them, and calls near those; from a seed, so a failure repeats.

use std::collections::BTreeMap;

use kakunin_core::encoding::json::{Json, Number, Object};
use kakunin_core::scope::{
    ActionPattern, Constraint, DomainSet, EmailSet, Glob, Grant, GrantParts, Kind, Length, NetSet, Network, Param,
    ParamPath, PathRoot, Range, Regex, Scalar, ScalarSet, Scope, ScopeParts, Segment, Step, UrlSet,
};
use kakunin_core::value::Decimal;

const ACTIONS: &[&str] = &["t", "t.a", "t.b", "u.a", "t.a.b", "*", "t.*", "*.a", "*.*", "t.*.b", "t.a.*"];
const PATHS: &[&str] =
    &["a", "b", "a.x", "a.y", "a.x.z", "a[]", "a[].x", "a[].y", "a[][]", "a.x[]", "b.x", "b[]", "b[].x", "b.x.z"];
const GLOBS: &[&str] = &[
    "*", "a*", "*b", "ab", "a*b", "**", "a**", "a/**", "a/*", "a/b", "*/b", "/a/**", "/a/*", "/a/b", "/**", "~a*", "",
];
const ROOTS: &[&str] = &["/", "/a", "/a/b", "/ab", "a", "a/b"];
const NAMES: &[&str] = &["a.com", "*.a.com", "x.a.com", "*.x.a.com", "b.com", "*.com"];
const ADDRESSES: &[&str] = &["u@a.com", "U@a.com", "u@x.a.com", "v@b.com"];
const REGEXES: &[&str] = &["a*b?", "[^/]*", "(a|b)+", ".*", "", "[0-9.]{1,9}"];
const NETWORKS: &[&str] =
    &["10.0.0.0/8", "10.0.0.0/24", "10.0.0.1", "0.0.0.0/0", "::/0", "2001:db8::/32", "2001:db8::1"];
const TEXTS: &[&str] = &[
    "",
    "a",
    "b",
    "ab",
    "aab",
    "a.b",
    "a/b",
    "a/b/c",
    "a/../b",
    "/a",
    "/a/b",
    "/a/b/c",
    "/ab",
    "/ab/c",
    "~a",
    "a%b",
    "a\\b",
    "a//b",
    "a\u{85}b",
    "a\nb",
    "5",
    "5.0",
    "05",
    "-1",
    "10",
    "1e1",
    "u@a.com",
    "U@A.com",
    "u@x.a.com",
    "u@y.x.a.com",
    "v@b.com",
    "\"u\"@a.com",
    "a.com",
    "A.COM",
    "x.a.com",
    "y.x.a.com",
    "xa.com",
    "a.com.",
    "b.com",
    "10.0.0.1",
    "https://a.com",
    "https://a.com/",
    "https://A.com:443/x",
    "https://a.com/x/y",
    "https://a.com/xy",
    "https://a.com/x/../y",
    "https://x.a.com:8443/x",
    "https://y.x.a.com/x/y?q",
    "http://a.com/x",
    "http://a.com:443/",
    "http://x.a.com:8443/x/y",
    "https://10.0.0.1/x",
    "foo://a.com",
    "foo://x.a.com:80/x",
    "https://u@a.com/",
    "https://a.com//x",
];
const NUMBERS: &[f64] = &[-1.0, 0.0, 0.5, 1.0, 2.0, 5.0, 9.99, 10.0, 10.5, 1e300];

/// SplitMix64.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap()
    }

    pub(crate) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub(crate) fn choose<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        from.get(self.below(from.len())).unwrap()
    }

    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        *self.choose(from)
    }

    /// Some of `from`, each once, at least one.
    pub(crate) fn some<'a, T: PartialEq>(&mut self, from: &'a [T], most: usize) -> Vec<&'a T> {
        let mut picked = Vec::new();
        for _ in 0..=self.below(most) {
            let one = self.choose(from);
            if !picked.contains(&one) {
                picked.push(one);
            }
        }
        picked
    }

    pub(crate) fn scope(&mut self) -> Scope {
        let mut grants: Vec<Grant> = Vec::new();
        for _ in 0..=self.below(3) {
            let params = self.some(PATHS, 4).into_iter().map(|path| self.param(path)).collect();
            let grant = Grant::new(GrantParts {
                params,
                open: self.chance(25),
                ..GrantParts::new(pattern(self.pick(ACTIONS)))
            })
            .unwrap();
            if !grants.contains(&grant) {
                grants.push(grant);
            }
        }
        let deny = if self.chance(30) { vec![pattern(self.pick(ACTIONS))] } else { vec![] };
        Scope::new(ScopeParts { grants, deny, ..ScopeParts::default() }).unwrap()
    }

    fn param(&mut self, path: &str) -> Param {
        let mut constraints = vec![self.constraint()];
        if self.chance(15) {
            let second = self.constraint();
            if !constraints.contains(&second) {
                constraints.push(second);
            }
        }
        Param::new(ParamPath::parse(path).unwrap(), self.chance(35), constraints).unwrap()
    }

    fn constraint(&mut self) -> Constraint {
        let kind = self.below(16);
        self.constraint_of(kind)
    }

    /// A constraint; 10 and above are types, so that subtrees are not rare.
    fn constraint_of(&mut self, kind: usize) -> Constraint {
        match kind {
            0 => Constraint::OneOf(self.scalars()),
            1 => Constraint::NoneOf(self.scalars()),
            2 | 3 => loop {
                let bounds = [None, Some(-1), Some(0), Some(1), Some(5), Some(10)];
                let decimal = |bound: i128| Decimal::new(bound, 0).unwrap();
                let (min, max) = (self.pick(&bounds).map(decimal), self.pick(&bounds).map(decimal));
                if let Ok(range) = Range::new(min, max, None) {
                    break Constraint::Range(range);
                }
            },
            4 => Constraint::Glob(Glob::new(self.pick(GLOBS)).unwrap_or_else(|_| Glob::new("*").unwrap())),
            5 => loop {
                let bounds = [None, Some(0), Some(1), Some(2), Some(3)];
                if let Ok(length) = Length::new(self.pick(&bounds), self.pick(&bounds)) {
                    break Constraint::Length(length);
                }
            },
            6 => Constraint::Path(PathRoot::new(self.pick(ROOTS)).unwrap()),
            7 => Constraint::Domain(DomainSet::new(&self.some(NAMES, 3)).unwrap()),
            8 => {
                let addresses = self.some(ADDRESSES, 2);
                let domains = if self.chance(60) { self.some(NAMES, 2) } else { vec![] };
                let addresses = if !domains.is_empty() && self.chance(50) { vec![] } else { addresses };
                Constraint::Email(EmailSet::new(&addresses, &domains).unwrap())
            }
            9 => {
                let mut hosts = self.some(NAMES, 2);
                if self.chance(20) {
                    hosts.push(&"10.0.0.1");
                }
                let schemes = self.some(&["https", "http", "foo"], 2);
                let ports: Vec<u16> = if self.chance(50) {
                    vec![]
                } else {
                    self.some(&[80, 443, 8443], 3).into_iter().copied().collect()
                };
                let path = self.pick(&[None, None, Some("/"), Some("/x"), Some("/x/y")]);
                Constraint::Url(UrlSet::new(&schemes, &hosts, &ports, path).unwrap())
            }
            10 | 11 => Constraint::Type(self.pick(&Kind::ALL)),
            12 => Constraint::Type(Kind::Object),
            13 => Constraint::Type(Kind::Array),
            14 => Constraint::Regex(Regex::new(self.pick(REGEXES)).unwrap()),
            _ => {
                let networks = self.some(NETWORKS, 3).into_iter().map(|text| Network::parse(text).unwrap());
                Constraint::Net(NetSet::new(networks.collect()).unwrap())
            }
        }
    }

    fn scalars(&mut self) -> ScalarSet {
        let mut members = Vec::new();
        for _ in 0..=self.below(4) {
            let scalar = match self.below(8) {
                0 => Scalar::Bool(self.chance(50)),
                1..=3 => Scalar::Number(Decimal::from_number(Number::from_double(self.pick(NUMBERS)).unwrap())),
                _ => Scalar::Text(self.pick(TEXTS).to_owned()),
            };
            // An exponent of 300 is no decimal of a scope.
            if !members.contains(&scalar) && !matches!(&scalar, Scalar::Number(n) if n.exponent() > 34) {
                members.push(scalar);
            }
        }
        if members.is_empty() {
            members.push(Scalar::Bool(true));
        }
        ScalarSet::new(members).unwrap()
    }

    /// A scope near `parent`: often narrower, often not quite.
    pub(crate) fn child(&mut self, parent: &Scope) -> Scope {
        let mut grants: Vec<Grant> = Vec::new();
        for _ in 0..=self.below(4) / 3 {
            let near = self.choose(parent.grants());
            let grant = self.near_grant(near);
            if !grants.contains(&grant) {
                grants.push(grant);
            }
        }
        let mut deny: Vec<ActionPattern> = if self.chance(80) { parent.deny().to_vec() } else { vec![] };
        let other = pattern(self.pick(ACTIONS));
        if self.chance(15) && !deny.contains(&other) {
            deny.push(other);
        }
        Scope::new(ScopeParts { grants, deny, ..ScopeParts::default() }).unwrap()
    }

    fn near_grant(&mut self, parent: &Grant) -> Grant {
        let action = if self.chance(82) { parent.action().clone() } else { pattern(self.pick(ACTIONS)) };
        let mut params: BTreeMap<String, Param> = BTreeMap::new();
        for param in parent.params() {
            for near in self.near_params(param) {
                params.entry(near.path().to_string()).or_insert(near);
            }
        }
        if self.chance(7) {
            let path = self.pick(PATHS);
            let other = self.param(path);
            params.entry(path.to_owned()).or_insert(other);
        }
        let open = if parent.is_open() { self.chance(50) } else { self.chance(3) };
        Grant::new(GrantParts { params: params.into_values().collect(), open, ..GrantParts::new(action) }).unwrap()
    }

    fn near_params(&mut self, parent: &Param) -> Vec<Param> {
        let subtree = matches!(parent.constraints(), [Constraint::Type(Kind::Object | Kind::Array)]);
        match self.below(100) {
            0..10 if parent.is_optional() => vec![],
            0..2 => vec![],
            10..50 if subtree => {
                let ends: &[&str] = if self.chance(90) == (parent.constraints() == [Constraint::Type(Kind::Object)]) {
                    &[".x", ".y", ".x.z", ".x[]"]
                } else {
                    &["[]", "[].x", "[].y", "[][]"]
                };
                self.some(ends, 2).into_iter().map(|end| self.param(&format!("{}{end}", parent.path()))).collect()
            }
            10..12 => {
                let path = self.pick(PATHS);
                vec![self.param(path)]
            }
            12..17 => {
                // Its beginning as well, with something that it does not say.
                let steps = parent.path().steps();
                let shorter = ParamPath::new(steps.get(..steps.len() - 1).unwrap().to_vec());
                let shorter =
                    shorter.ok().map(|path| Param::new(path, self.chance(50), vec![self.constraint_of(5)]).unwrap());
                shorter.into_iter().chain([self.narrowed(parent)]).collect()
            }
            _ => vec![self.narrowed(parent)],
        }
    }

    fn narrowed(&mut self, parent: &Param) -> Param {
        let mut constraints: Vec<Constraint> = Vec::new();
        for wide in parent.constraints() {
            let narrow = self.narrower(wide);
            if !constraints.contains(&narrow) {
                constraints.push(narrow);
            }
        }
        let more = self.constraint();
        if self.chance(15) && !constraints.contains(&more) {
            constraints.push(more);
        }
        let optional = if parent.is_optional() { self.chance(60) } else { self.chance(2) };
        Param::new(parent.path().clone(), optional, constraints).unwrap()
    }

    /// Mostly one of the same kind that is contained, found by trying; else any.
    fn narrower(&mut self, wide: &Constraint) -> Constraint {
        if self.chance(15) {
            return wide.clone();
        }
        let holder = |constraint: Constraint| {
            let param = Param::new(ParamPath::parse("x").unwrap(), false, vec![constraint]).unwrap();
            let grant = Grant::new(GrantParts { params: vec![param], ..GrantParts::new(pattern("t")) }).unwrap();
            Scope::new(ScopeParts { grants: vec![grant], ..ScopeParts::default() }).unwrap()
        };
        let parent = holder(wide.clone());
        let mut near = wide.clone();
        for _ in 0..6 {
            let kind = match wide {
                _ if self.chance(25) => 0,
                Constraint::OneOf(_) => 0,
                Constraint::NoneOf(_) => 1,
                Constraint::Range(_) => 2,
                Constraint::Glob(_) => 4,
                Constraint::Length(_) => 5,
                Constraint::Path(_) => 6,
                Constraint::Domain(_) => 7,
                Constraint::Email(_) => 8,
                Constraint::Url(_) => 9,
                Constraint::Regex(_) => 14,
                Constraint::Net(_) => 15,
                Constraint::Type(Kind::String) => self.pick(&[4, 5, 6, 7, 8, 9, 14, 15]),
                Constraint::Type(_) => 10,
            };
            near = self.constraint_of(kind);
            if near != *wide && (self.chance(3) || parent.contains(&holder(near.clone())).is_ok()) {
                return near;
            }
        }
        if self.chance(90) { wide.clone() } else { near }
    }

    /// A call that `grant` may well accept.
    pub(crate) fn call(&mut self, grant: &Grant) -> (String, Object) {
        let mut action: Vec<&str> = Vec::new();
        for segment in grant.action().segments() {
            action.push(match segment {
                Segment::Literal(text) => text,
                Segment::Any => self.pick(&["t", "a", "b"]),
            });
        }
        if grant.action().segments().last() == Some(&Segment::Any) && self.chance(30) {
            action.push(self.pick(&["a", "b"]));
        }
        let mut tree = Place::default();
        for param in grant.params() {
            let mut at = &mut tree;
            for step in param.path().steps() {
                at = match step {
                    Step::Key(key) => at.keys.entry(key.clone()).or_default(),
                    Step::Each => at.each.get_or_insert_default(),
                };
            }
            at.ends.push(param.clone());
        }
        let mut arguments = Object::new();
        self.fill(&tree, &mut arguments);
        (action.join("."), arguments)
    }

    fn fill(&mut self, place: &Place, object: &mut Object) {
        for (key, below) in &place.keys {
            if let Some(value) = self.value(below) {
                object.insert(key.as_str(), value);
            }
        }
        if self.chance(4) {
            let value = self.anything(1);
            object.insert(self.pick(&["a", "b", "x", "y", "z"]), value);
        }
    }

    fn value(&mut self, place: &Place) -> Option<Json> {
        let optional = place.all_optional();
        match self.below(100) {
            0..2 => return None,
            2..4 => return Some(Json::Null),
            4..7 => return Some(self.anything(2)),
            7..20 if optional => return None,
            20..28 if optional => return Some(Json::Null),
            _ => {}
        }
        if !place.keys.is_empty() {
            let mut object = Object::new();
            self.fill(place, &mut object);
            return Some(Json::Object(object));
        }
        if let Some(each) = &place.each {
            let count = self.below(3);
            return Some(Json::Array((0..count).map(|_| self.value(each).unwrap_or(Json::Null)).collect()));
        }
        let constraints: Vec<_> = place.ends.iter().flat_map(Param::constraints).collect();
        Some(match constraints.as_slice() {
            [] => self.anything(1),
            some => {
                let one = self.pick(some);
                self.sample(one)
            }
        })
    }

    /// A value that `constraint` may well accept.
    fn sample(&mut self, constraint: &Constraint) -> Json {
        let among = |random: &mut Self, texts: &[&str]| Json::from(random.pick(texts));
        match constraint {
            _ if self.chance(10) => self.anything(1),
            Constraint::OneOf(list) if list.is_empty() => self.anything(1),
            Constraint::OneOf(list) => match self.choose(list) {
                Scalar::Bool(value) => Json::Bool(*value),
                Scalar::Text(text) => Json::from(text.as_str()),
                Scalar::Number(number) => {
                    Json::Number(Number::from_double(number.to_string().parse().unwrap()).unwrap())
                }
            },
            Constraint::Range(_) => {
                if self.chance(20) {
                    among(self, &["5", "5.0", "-1", "10", "0.5"])
                } else {
                    self.number()
                }
            }
            Constraint::Length(_) if self.chance(50) => {
                let count = self.below(4);
                Json::Array((0..count).map(|_| self.anything(0)).collect())
            }
            Constraint::Path(_) => among(self, &["a/b", "a/b/c", "/a/b", "/a/b/c", "/ab/c", "/ab", "/a", "a/bc"]),
            Constraint::Domain(_) => among(self, &["a.com", "A.com", "x.a.com", "y.x.a.com", "b.com", "c.b.com"]),
            Constraint::Email(_) => {
                among(self, &["u@a.com", "U@a.com", "u@x.a.com", "w@x.a.com", "v@b.com", "u@y.x.a.com"])
            }
            Constraint::Url(_) => {
                let scheme = self.pick(&["https", "http", "foo"]);
                let host = self.pick(&["a.com", "x.a.com", "y.x.a.com", "b.com", "10.0.0.1"]);
                let port = self.pick(&["", "", "", ":80", ":443", ":8443"]);
                let path = self.pick(&["", "/", "/x", "/x/y", "/xy", "/x/y/z", "/x//y", "/x/%2e"]);
                Json::from(format!("{scheme}://{host}{port}{path}"))
            }
            Constraint::Type(Kind::Number | Kind::Integer) => self.number(),
            Constraint::Type(Kind::Boolean) => Json::Bool(self.chance(50)),
            Constraint::Type(Kind::Object) => {
                let mut object = Object::new();
                for key in ["x", "y", "z"] {
                    if self.chance(50) {
                        object.insert(key, self.anything(2));
                    }
                }
                Json::Object(object)
            }
            Constraint::Type(Kind::Array) => {
                let count = self.below(3);
                Json::Array((0..count).map(|_| self.anything(2)).collect())
            }
            Constraint::NoneOf(_) if self.chance(40) => self.number(),
            Constraint::Glob(_) => {
                among(self, &["a", "b", "ab", "aab", "a/b", "a/b/c", "/a/b", "/a/b/c", "~ab", "a%b", "a\\b", ""])
            }
            Constraint::Regex(_) => among(self, &["", "a", "b", "ab", "aab", "aabb", "a/b", "10.0.0.1", "a\nb"]),
            Constraint::Net(_) => among(
                self,
                &["10.0.0.1", "10.0.0.2", "10.1.0.0", "11.0.0.1", "2001:db8::1", "2001:db9::1", "::1", "::A"],
            ),
            _ => among(self, TEXTS),
        }
    }

    fn number(&mut self) -> Json {
        // Integral numbers beyond 2^53 are no arguments.
        let number = self.pick(NUMBERS);
        Json::Number(Number::from_double(if number > 1e15 { 0.0 } else { number }).unwrap())
    }

    fn anything(&mut self, depth: usize) -> Json {
        match self.below(if depth == 0 { 6 } else { 10 }) {
            0 => Json::Null,
            1 => Json::Bool(self.chance(50)),
            2 => self.number(),
            3..6 => Json::from(self.pick(TEXTS)),
            6 | 7 => {
                let count = self.below(3);
                Json::Array((0..count).map(|_| self.anything(depth - 1)).collect())
            }
            _ => {
                let mut object = Object::new();
                for key in ["x", "y"] {
                    if self.chance(50) {
                        object.insert(key, self.anything(depth - 1));
                    }
                }
                Json::Object(object)
            }
        }
    }
}

/// A place in the arguments, with the parameters that end there.
#[derive(Default)]
struct Place {
    ends: Vec<Param>,
    keys: BTreeMap<String, Place>,
    each: Option<Box<Place>>,
}

impl Place {
    fn all_optional(&self) -> bool {
        self.ends.iter().all(Param::is_optional)
            && self.keys.values().all(Self::all_optional)
            && self.each.as_ref().is_none_or(|each| each.all_optional())
    }
}

pub(crate) fn pattern(text: &str) -> ActionPattern {
    ActionPattern::parse(text).unwrap()
}
