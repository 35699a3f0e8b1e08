//! Parameters: where one stands, whether it may be absent, and what is asked of it.

use std::fmt;

use super::codec::constraint_der;
use super::constraint::Constraint;
use super::model::Fault;

/// Most steps of a path. 8: arguments of tools measured nest at most six deep.
const STEPS: usize = 8;
/// Most constraints on one parameter (the profile's `SIZE (1..16)`).
const CONSTRAINTS: usize = 16;

/// A named parameter and what is asked of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Param {
    pub(crate) path: ParamPath,
    pub(crate) optional: bool,
    pub(crate) constraints: Vec<Constraint>,
}

/// Where a parameter stands: one to eight steps, the first a key.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ParamPath {
    pub(crate) steps: Steps,
}

/// The steps of a path. Most paths have one: it needs no list.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Steps {
    One(Step),
    Many(Box<[Step]>),
}

impl std::ops::Deref for Steps {
    type Target = [Step];

    fn deref(&self) -> &[Step] {
        match self {
            Self::One(step) => std::slice::from_ref(step),
            Self::Many(steps) => steps,
        }
    }
}

/// A step of a parameter's path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// The member under this key.
    Key(String),
    /// Every element of an array.
    Each,
}

impl Param {
    /// A parameter at `path` that must meet every one of `constraints`; `optional` lets it be absent or null.
    ///
    /// # Errors
    /// `constraints-count` outside 1 to 16, `constraint-twice`, `none-of-empty`.
    pub fn new(path: ParamPath, optional: bool, constraints: Vec<Constraint>) -> Result<Self, Fault> {
        if !(1..=CONSTRAINTS).contains(&constraints.len()) {
            let count = constraints.len();
            return Err(Fault::new("constraints-count", format!("`{path}` has {count} constraints, not 1 to 16")));
        }
        for (index, constraint) in constraints.iter().enumerate() {
            if constraints.iter().skip(index + 1).any(|other| other == constraint) {
                return Err(Fault::new("constraint-twice", format!("`{path}` has the same constraint twice")));
            }
            if matches!(constraint, Constraint::NoneOf(list) if list.is_empty()) {
                return Err(Fault::new("none-of-empty", format!("`{path}` has a `none-of` without members")));
            }
        }
        let mut constraints = constraints;
        if constraints.len() > 1 {
            constraints.sort_by_cached_key(constraint_der);
        }
        constraints.shrink_to_fit();
        Ok(Self { path, optional, constraints })
    }

    /// Where it stands.
    pub fn path(&self) -> &ParamPath {
        &self.path
    }

    /// Whether any object member on its path may be absent or null.
    pub fn is_optional(&self) -> bool {
        self.optional
    }

    /// What is asked of it, in encoded order.
    pub fn constraints(&self) -> &[Constraint] {
        &self.constraints
    }

    /// Whether it is of type `object` or `array`, so all that is beneath it is named too.
    pub(crate) fn covers_subtree(&self) -> bool {
        use super::Kind::{Array, Object};
        self.constraints.iter().any(|constraint| matches!(constraint, Constraint::Type(Object | Array)))
    }
}

/// Parameters up to which it is cheaper to compare each with each than to sort them.
const SCANNED: usize = 8;

/// The path that more than one of `params` has, if there is one.
pub(super) fn paths_once(params: &[Param]) -> Option<&ParamPath> {
    // Of few, each is compared with each.
    if params.len() <= SCANNED {
        let mut pairs = params.iter().enumerate();
        let twice =
            |(index, param): &(usize, &Param)| params.iter().skip(index + 1).any(|other| other.path == param.path);
        return pairs.find(twice).map(|(_, param)| &param.path);
    }
    let mut paths: Vec<&ParamPath> = params.iter().map(|param| &param.path).collect();
    paths.sort_unstable_by(|a, b| a.steps().cmp(b.steps()));
    paths.windows(2).find_map(|pair| match pair {
        [a, b] if a == b => Some(*a),
        _ => None,
    })
}

impl ParamPath {
    /// The path of `steps`.
    ///
    /// # Errors
    /// `path-steps` outside 1 to 8, `path-start` where the first is no key, `path-key` for an empty key.
    pub fn new(steps: Vec<Step>) -> Result<Self, Fault> {
        check_steps(&steps)?;
        let steps = match <[Step; 1]>::try_from(steps) {
            Ok([step]) => Steps::One(step),
            Err(steps) => Steps::Many(steps.into_boxed_slice()),
        };
        Ok(Self { steps })
    }

    /// As [`ParamPath::new`], of one step.
    pub(super) fn of_one(step: Step) -> Result<Self, Fault> {
        check_steps(std::slice::from_ref(&step))?;
        Ok(Self { steps: Steps::One(step) })
    }

    /// Parses the authoring form: `amount`, `customer.id`, `items[].price`; a backslash escapes `.`, `[`, `]` and itself.
    ///
    /// # Errors
    /// As [`ParamPath::new`]; `path-syntax` for a bracket that is not `[]` or an escape of anything else.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let syntax = |what: &str| Fault::new("path-syntax", format!("{what} in `{text}`"));
        let mut steps = Vec::new();
        // The key being read; `None` right after `[]`, where only `.`, `[]` or the end may follow.
        let mut key = Some(String::new());
        let mut characters = text.chars();
        while let Some(character) = characters.next() {
            match (character, &mut key) {
                ('.', _) => {
                    steps.extend(key.take().map(Step::Key));
                    key = Some(String::new());
                }
                ('[', _) => {
                    if characters.next() != Some(']') {
                        return Err(syntax("a `[` without `]` after it"));
                    }
                    match key.take() {
                        Some(empty) if empty.is_empty() && !steps.is_empty() => return Err(syntax("`.[]`")),
                        Some(empty) if empty.is_empty() => {}
                        name => steps.extend(name.map(Step::Key)),
                    }
                    steps.push(Step::Each);
                }
                (']', _) => return Err(syntax("a `]` without `[` before it")),
                (_, None) => return Err(syntax("text right after `[]`")),
                ('\\', Some(key)) => match characters.next() {
                    Some(escaped @ ('.' | '[' | ']' | '\\')) => key.push(escaped),
                    _ => return Err(syntax("a backslash before something other than `.`, `[`, `]`, `\\`")),
                },
                (other, Some(key)) => key.push(other),
            }
        }
        steps.extend(key.map(Step::Key));
        Self::new(steps)
    }

    /// The steps.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }
}

fn check_steps(steps: &[Step]) -> Result<(), Fault> {
    if steps.len() > STEPS {
        return Err(Fault::new("path-steps", format!("`{}` has more than {STEPS} steps", Path(steps))));
    }
    if !matches!(steps.first(), Some(Step::Key(_))) {
        return Err(Fault::new("path-start", format!("`{}` does not begin with a key", Path(steps))));
    }
    if steps.iter().any(|step| matches!(step, Step::Key(key) if key.is_empty())) {
        return Err(Fault::new("path-key", format!("`{}` has an empty key", Path(steps))));
    }
    Ok(())
}

impl fmt::Display for ParamPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Path(&self.steps).fmt(f)
    }
}

/// Any steps, as an author writes them.
pub(crate) struct Path<'a>(pub(crate) &'a [Step]);

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write;
        for (index, step) in self.0.iter().enumerate() {
            match step {
                Step::Each => f.write_str("[]")?,
                Step::Key(key) => {
                    if index > 0 {
                        f.write_char('.')?;
                    }
                    for character in key.chars() {
                        if matches!(character, '.' | '[' | ']' | '\\') {
                            f.write_char('\\')?;
                        }
                        f.write_char(character)?;
                    }
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(text: &str) -> Result<Vec<Step>, &'static str> {
        ParamPath::parse(text).map(|path| path.steps.to_vec()).map_err(|fault| fault.rule)
    }

    fn key(text: &str) -> Step {
        Step::Key(text.to_owned())
    }

    #[test]
    fn paths_read_and_write_back() {
        for (text, expected) in [
            ("amount", vec![key("amount")]),
            ("a.b[].c", vec![key("a"), key("b"), Step::Each, key("c")]),
            ("m[][]", vec![key("m"), Step::Each, Step::Each]),
            (r"a\.b", vec![key("a.b")]),
            (r"a\[\].x", vec![key("a[]"), key("x")]),
            (r"a\\", vec![key("a\\")]),
            ("a b é", vec![key("a b é")]),
        ] {
            assert_eq!(steps(text).as_ref(), Ok(&expected), "{text}");
            assert_eq!(ParamPath::new(expected).unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for (text, rule) in [
            ("", "path-key"),
            ("a.", "path-key"),
            (".a", "path-key"),
            ("a..b", "path-key"),
            ("[]", "path-start"),
            ("[].a", "path-start"),
            ("a[0]", "path-syntax"),
            ("a[", "path-syntax"),
            ("a]", "path-syntax"),
            ("a[]b", "path-syntax"),
            ("a.[]", "path-syntax"),
            (r"a\b", "path-syntax"),
            ("a\\", "path-syntax"),
            ("a.b.c.d.e.f.g.h.i", "path-steps"),
        ] {
            assert_eq!(steps(text), Err(rule), "{text:?}");
        }
        assert!(steps("a.b.c.d.e.f.g.h").is_ok());
        assert_eq!(ParamPath::new(vec![]).unwrap_err().rule, "path-start");
    }
}
