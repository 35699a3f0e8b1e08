//! Action patterns as sets of actions: which covers which, and what two share.

use crate::scope::Segment;

/// A pattern as its fixed places, and whether a last `*` lets one or more segments follow them.
struct Shape<'p> {
    places: &'p [Segment],
    open: bool,
}

impl<'p> Shape<'p> {
    fn of(pattern: &'p [Segment]) -> Self {
        match pattern.split_last() {
            Some((Segment::Any, places)) => Self { places, open: true },
            _ => Self { places: pattern, open: false },
        }
    }

    /// The fewest segments of an action that it covers.
    fn fewest(&self) -> usize {
        self.places.len() + usize::from(self.open)
    }
}

/// Whether every action of `narrow` is one of `wide`'s.
pub(in crate::scope) fn covers(wide: &[Segment], narrow: &[Segment]) -> bool {
    let (wide, narrow) = (Shape::of(wide), Shape::of(narrow));
    let long_enough =
        if wide.open { narrow.fewest() >= wide.fewest() } else { !narrow.open && narrow.fewest() == wide.fewest() };
    // INVARIANT: `narrow` has a place for each of `wide`: its open end is one segment, which lies past `wide`'s places.
    long_enough && wide.places.iter().zip(narrow.places).all(|(wide, narrow)| *wide == Segment::Any || wide == narrow)
}

/// The pattern of the actions that both cover, if there are any.
pub(in crate::scope) fn meet(one: &[Segment], other: &[Segment]) -> Option<Vec<Segment>> {
    let (mut short, mut long) = (Shape::of(one), Shape::of(other));
    // Of two that need as many segments an open one comes first: a fixed `short` then shares nothing with an open `long`.
    if (short.fewest(), !short.open) > (long.fewest(), !long.open) {
        (short, long) = (long, short);
    }
    if !short.open && (long.open || short.places.len() != long.places.len()) {
        return None;
    }
    let apart =
        |pair: (&Segment, &Segment)| matches!(pair, (Segment::Literal(one), Segment::Literal(other)) if one != other);
    if short.places.iter().zip(long.places).any(apart) {
        return None;
    }
    let shared = |(index, segment): (usize, &Segment)| match (segment, short.places.get(index)) {
        (Segment::Any, Some(narrower)) => narrower.clone(),
        _ => segment.clone(),
    };
    let open = long.open.then_some(Segment::Any);
    Some(long.places.iter().enumerate().map(shared).chain(open).collect())
}
