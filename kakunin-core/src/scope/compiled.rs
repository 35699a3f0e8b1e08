//! What evaluation needs of a scope, worked out once: which grants an action can match, which paths a grant names, which
//! counter a limit draws on.

use std::collections::BTreeMap;

use super::action::{ActionName, ActionPattern, SEGMENTS};
use super::limit::{self, Counter, Limit, LimitKind};
use super::model::{Fault, Grant};
use super::param::{Param, ParamPath, Step};

/// It follows from grants, denials and limits alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Compiled {
    pub(super) grants: ActionIndex,
    pub(super) deny: ActionIndex,
    /// The paths of each grant.
    pub(super) shapes: Box<[Shape]>,
    pub(super) counters: Box<[Counter]>,
    /// For each grant the counters of its limits; the scope-wide ones last.
    pub(super) draws: Box<[Box<[u32]>]>,
}

impl Compiled {
    pub(super) fn new(grants: &[Grant], deny: &[ActionPattern], limits: &[Limit]) -> Result<Self, Fault> {
        let mut counters = Counters::default();
        let mut draws = Vec::with_capacity(grants.len() + 1);
        for grant in grants {
            let mut drawn = Vec::with_capacity(grant.limits.len());
            for limit in &grant.limits {
                let currency = limit.budget_path().map(|path| limit::currency(&grant.params, path)).transpose()?;
                drawn.push(counters.draw(limit, Some(grant.action.as_str()), currency.flatten().as_deref())?);
            }
            draws.push(drawn.into_boxed_slice());
        }
        let mut drawn = Vec::with_capacity(limits.len());
        for limit in limits {
            let currency = limit.budget_path().map(|path| scope_wide_currency(grants, path)).transpose()?;
            drawn.push(counters.draw(limit, None, currency.flatten().as_deref())?);
        }
        draws.push(drawn.into_boxed_slice());
        Ok(Self {
            grants: ActionIndex::new(grants.iter().map(|grant| &grant.action)),
            deny: ActionIndex::new(deny.iter()),
            shapes: grants.iter().map(|grant| Shape::new(&grant.params)).collect(),
            counters: counters.list.into_boxed_slice(),
            draws: draws.into_boxed_slice(),
        })
    }
}

/// The one currency of `path` in all grants that name it; none where it is no money.
fn scope_wide_currency(grants: &[Grant], path: &ParamPath) -> Result<Option<String>, Fault> {
    let naming = grants.iter().filter(|grant| grant.param(path).is_some());
    let mut currencies = naming.map(|grant| limit::currency(&grant.params, path)).collect::<Result<Vec<_>, _>>()?;
    currencies.dedup();
    if currencies.len() > 1 {
        let detail = format!("the scope-wide budget of `{path}` needs one currency in all grants that name it");
        return Err(Fault::new("budget-currency", detail));
    }
    Ok(currencies.pop().flatten())
}

#[derive(Default)]
struct Counters<'a> {
    list: Vec<Counter>,
    known: BTreeMap<Vec<u8>, (usize, &'a LimitKind)>,
}

impl<'a> Counters<'a> {
    fn draw(&mut self, limit: &'a Limit, action: Option<&str>, currency: Option<&str>) -> Result<u32, Fault> {
        let position = self.list.len();
        let counter = Counter::new(limit, action, currency, position);
        if let Some((position, kind)) = self.known.get(counter.description()) {
            // One description is one kind and path, so kinds differ by `max` only.
            if **kind != limit.kind {
                let detail =
                    format!("the limit {limit} shares its counter with one of another maximum; give it a name");
                return Err(Fault::new("limit-counter", detail));
            }
            if let Some(counter) = self.list.get_mut(*position) {
                counter.shared = true;
            }
            return Ok(u32::try_from(*position).unwrap_or(u32::MAX));
        }
        self.known.insert(counter.description().to_vec(), (position, &limit.kind));
        self.list.push(counter);
        Ok(u32::try_from(position).unwrap_or(u32::MAX))
    }
}

/// Positions of patterns by what an action must be or begin with, each list ascending within one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ActionIndex {
    /// Patterns without `*`, by their text.
    exact: Box<[u32]>,
    /// Patterns with a `*`, by what stands before the first: nothing, or segments each with its dot.
    prefixed: Box<[u32]>,
}

impl ActionIndex {
    fn new<'a>(patterns: impl ExactSizeIterator<Item = &'a ActionPattern>) -> Self {
        let (mut exact, mut prefixed) = (Vec::with_capacity(patterns.len()), Vec::new());
        for (position, pattern) in (0_u32..).zip(patterns) {
            let list = if pattern.is_literal() { &mut exact } else { &mut prefixed };
            list.push((pattern.prefix(), position));
        }
        let sorted = |mut list: Vec<(&str, u32)>| {
            list.sort_unstable();
            list.into_iter().map(|(_, position)| position).collect()
        };
        Self { exact: sorted(exact), prefixed: sorted(prefixed) }
    }

    /// The positions of the patterns that match `action`, ascending. `pattern` looks one up.
    pub(super) fn matching<'a>(
        &'a self,
        action: &'a ActionName<'a>,
        pattern: impl Fn(u32) -> Option<&'a ActionPattern> + 'a,
    ) -> impl Iterator<Item = usize> + 'a {
        let key = |position| pattern(position).map(ActionPattern::prefix);
        // One list for the action itself and one for each thing that it begins with: as many as it can have segments.
        let mut lists: [&[u32]; SEGMENTS + 1] = [&[]; SEGMENTS + 1];
        let prefixes = if self.prefixed.is_empty() { None } else { Some(action.prefixes()) };
        let runs = prefixes.into_iter().flatten().map(|prefix| run(&self.prefixed, prefix, key));
        for (list, run) in lists.iter_mut().zip(std::iter::once(run(&self.exact, action.text, key)).chain(runs)) {
            *list = run;
        }
        let used = if self.prefixed.is_empty() { 1 } else { SEGMENTS + 1 };
        std::iter::from_fn(move || {
            loop {
                let lists = lists.get_mut(..used)?;
                let least =
                    lists.iter_mut().filter(|list| !list.is_empty()).min_by_key(|list| list.first().copied())?;
                let (position, rest) = least.split_first()?;
                *least = rest;
                if pattern(*position).is_some_and(|pattern| pattern.matches(action)) {
                    return Some(*position as usize);
                }
            }
        })
    }
}

/// The part of `list`, sorted by `key`, whose key is `wanted`.
fn run<'a, 'k>(list: &'a [u32], wanted: &str, key: impl Fn(u32) -> Option<&'k str>) -> &'a [u32] {
    let start = list.partition_point(|position| key(*position) < Some(wanted));
    let rest = list.get(start..).unwrap_or_default();
    let length = rest.partition_point(|position| key(*position) == Some(wanted));
    rest.get(..length).unwrap_or_default()
}

/// The paths that a grant names, as a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    nodes: Box<[Node]>,
}

/// A place in the arguments.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Node {
    /// A path ends here.
    pub(super) named: bool,
    /// A path of type `object` or `array` ends here.
    pub(super) subtree: bool,
    /// Members, by ascending key.
    keys: Vec<Edge>,
    /// Elements.
    each: Option<u32>,
}

/// The key is that of a parameter's step, so it is not kept twice.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Edge {
    param: u32,
    step: u32,
    to: u32,
}

impl Shape {
    fn new(params: &[Param]) -> Self {
        // Most paths are one member of the arguments.
        let mut nodes = Vec::with_capacity(params.len() + 1);
        nodes.push(Node { keys: Vec::with_capacity(params.len()), ..Node::default() });
        for (index, param) in (0_u32..).zip(params) {
            let mut at = 0;
            for (step, name) in (0_u32..).zip(param.path.steps()) {
                at = child(&mut nodes, params, at, (index, step), name);
            }
            if let Some(node) = nodes.get_mut(at as usize) {
                node.named = true;
                node.subtree = param.covers_subtree();
            }
        }
        nodes.iter_mut().for_each(|node| node.keys.shrink_to_fit());
        Self { nodes: nodes.into_boxed_slice() }
    }

    pub(super) fn root(&self) -> Option<&Node> {
        self.nodes.first()
    }

    pub(super) fn elements(&self, node: &Node) -> Option<&Node> {
        self.nodes.get(node.each? as usize)
    }

    /// A look-up of members in ascending order of keys.
    pub(super) fn members<'s>(&'s self, node: &'s Node, params: &'s [Param]) -> impl FnMut(&str) -> Option<&'s Node> {
        let mut edges = node.keys.iter().peekable();
        move |key| {
            while let Some(edge) = edges.peek() {
                match edge.key(params).cmp(key) {
                    std::cmp::Ordering::Less => edges.next(),
                    std::cmp::Ordering::Equal => return self.nodes.get(edge.to as usize),
                    std::cmp::Ordering::Greater => return None,
                };
            }
            None
        }
    }
}

/// The place at the step `name` from `at`, made if it is new.
fn child(nodes: &mut Vec<Node>, params: &[Param], at: u32, (param, step): (u32, u32), name: &Step) -> u32 {
    let new = u32::try_from(nodes.len()).unwrap_or(u32::MAX);
    let Some(node) = nodes.get_mut(at as usize) else { return new };
    let to = match name {
        Step::Each => *node.each.get_or_insert(new),
        Step::Key(key) => match node.keys.binary_search_by(|edge| edge.key(params).cmp(key)) {
            Ok(found) => node.keys.get(found).map_or(new, |edge| edge.to),
            Err(place) => {
                node.keys.insert(place, Edge { param, step, to: new });
                new
            }
        },
    };
    if to == new {
        nodes.push(Node::default());
    }
    to
}

impl Edge {
    fn key<'p>(&self, params: &'p [Param]) -> &'p str {
        let step = params.get(self.param as usize).and_then(|param| param.path.steps().get(self.step as usize));
        if let Some(Step::Key(key)) = step { key } else { "" }
    }
}
