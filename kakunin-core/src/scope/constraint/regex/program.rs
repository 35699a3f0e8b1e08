//! Expressions as programs, run on all their ways at once (Thompson 1968): a set of steps, carried over the text.

use super::STEPS;
use super::syntax::Node;

/// Most steps that one match may take, over all characters; past it a text does not match. 1,048,576: the longest argument, 64 KiB,
/// on sixteen ways at once, in some 5 ms; expressions in use are on one or two.
const WORK: usize = 1 << 20;

/// A step of a program.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// Takes a character between these.
    Range(char, char),
    /// Takes a character in these of the program's ranges.
    Class { start: u32, count: u32 },
    /// Goes on at both places.
    Split(u16, u16),
    /// Goes on there.
    Jump(u16),
    /// The end.
    Accept,
}

/// What an expression matches. The default matches nothing.
#[derive(Clone, Debug, Default)]
pub(super) struct Program {
    steps: Vec<Step>,
    ranges: Vec<(char, char)>,
}

/// How many steps the program of `node` has, but for the last. Saturates.
pub(super) fn size(node: &Node) -> usize {
    match node {
        Node::Class(_) => 1,
        Node::Sequence(parts) => parts.iter().map(size).fold(0, usize::saturating_add),
        Node::Alternatives(parts) => {
            let between = 2 * parts.len().saturating_sub(1);
            parts.iter().map(size).fold(between, usize::saturating_add)
        }
        Node::Repeat(part, least, most) => {
            let size = size(part);
            let fixed = size.saturating_mul(*least as usize);
            fixed.saturating_add(match most {
                // `x*` is a split, x and a jump back; where x stands before it, a split back to that is enough.
                None if *least == 0 => size.saturating_add(2),
                None => 1,
                Some(most) => size.saturating_add(1).saturating_mul(most.saturating_sub(*least) as usize),
            })
        }
    }
}

impl Program {
    /// The program of `node`, whose [`size`] was found to be small enough.
    pub(super) fn new(node: &Node) -> Self {
        let mut program = Self { steps: Vec::with_capacity(size(node).min(STEPS) + 1), ranges: Vec::new() };
        program.add(node);
        program.steps.push(Step::Accept);
        program
    }

    fn add(&mut self, node: &Node) {
        match node {
            Node::Class(ranges) => {
                let step = match &**ranges {
                    [(first, last)] => Step::Range(*first, *last),
                    ranges => {
                        let (start, count) = (place(self.ranges.len()), place(ranges.len()));
                        self.ranges.extend(ranges);
                        Step::Class { start, count }
                    }
                };
                self.steps.push(step);
            }
            Node::Sequence(parts) => parts.iter().for_each(|part| self.add(part)),
            Node::Alternatives(parts) => self.add_alternatives(parts),
            Node::Repeat(part, least, most) => {
                let mut last = self.here();
                for _ in 0..*least {
                    last = self.here();
                    self.add(part);
                }
                match most {
                    None if *least == 0 => {
                        let split = self.reserve();
                        self.add(part);
                        self.steps.push(Step::Jump(split));
                        self.set(split, Step::Split(split + 1, self.here()));
                    }
                    None => self.steps.push(Step::Split(last, self.here() + 1)),
                    Some(most) => {
                        let splits: Vec<u16> = (*least..*most)
                            .map(|_| {
                                let split = self.reserve();
                                self.add(part);
                                split
                            })
                            .collect();
                        let end = self.here();
                        splits.into_iter().for_each(|split| self.set(split, Step::Split(split + 1, end)));
                    }
                }
            }
        }
    }

    fn add_alternatives(&mut self, parts: &[Node]) {
        let Some((last, others)) = parts.split_last() else { return };
        let mut jumps = Vec::with_capacity(others.len());
        for part in others {
            let split = self.reserve();
            self.add(part);
            jumps.push(self.reserve());
            self.set(split, Step::Split(split + 1, self.here()));
        }
        self.add(last);
        let end = self.here();
        jumps.into_iter().for_each(|jump| self.set(jump, Step::Jump(end)));
    }

    /// Where the next step goes. A program that was found to be small enough has fewer than 65,536.
    fn here(&self) -> u16 {
        u16::try_from(self.steps.len()).unwrap_or(u16::MAX)
    }

    /// A step whose target is known later.
    fn reserve(&mut self) -> u16 {
        let here = self.here();
        self.steps.push(Step::Jump(here));
        here
    }

    fn set(&mut self, at: u16, step: Step) {
        if let Some(place) = self.steps.get_mut(usize::from(at)) {
            *place = step;
        }
    }

    /// Whether all of `text` takes the program from its first step to its last.
    pub(super) fn matches(&self, text: &str) -> bool {
        // Most programs fit a machine word.
        if self.steps.len() <= 64 { self.run::<1>(text) } else { self.run::<WORDS>(text) }
    }

    fn run<const N: usize>(&self, text: &str) -> bool {
        let mut work = WORK;
        let mut current = Places::<N>::default();
        let mut pending = Places::default();
        pending.insert(0);
        self.follow(&mut pending, &mut current, &mut work);
        for character in text.chars() {
            for at in current.iter() {
                if self.takes(at, character) {
                    pending.insert(at + 1);
                }
            }
            current = Places::default();
            self.follow(&mut pending, &mut current, &mut work);
            if current.is_empty() || work == 0 {
                return false;
            }
        }
        work > 0 && current.holds(self.steps.len().wrapping_sub(1))
    }

    /// Moves on from `pending`, which is left empty, to steps that take a character or end, in `current`.
    fn follow<const N: usize>(&self, pending: &mut Places<N>, current: &mut Places<N>, work: &mut usize) {
        let mut seen = Places::<N>::default();
        while let Some(at) = pending.take() {
            if seen.holds(at) {
                continue;
            }
            seen.insert(at);
            *work = work.saturating_sub(1);
            match self.steps.get(at) {
                Some(Step::Jump(to)) => pending.insert(usize::from(*to)),
                Some(Step::Split(one, other)) => {
                    pending.insert(usize::from(*one));
                    pending.insert(usize::from(*other));
                }
                Some(_) => current.insert(at),
                None => {}
            }
        }
    }

    fn takes(&self, at: usize, character: char) -> bool {
        match self.steps.get(at) {
            Some(Step::Range(first, last)) => (*first..=*last).contains(&character),
            Some(Step::Class { start, count }) => {
                let (start, count) = (*start as usize, *count as usize);
                let ranges = self.ranges.get(start..start.saturating_add(count)).unwrap_or_default();
                let place = ranges.partition_point(|(_, last)| *last < character);
                ranges.get(place).is_some_and(|(first, _)| *first <= character)
            }
            _ => false,
        }
    }
}

fn place(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Words for every step that a program can have, the last one included.
const WORDS: usize = STEPS / 64 + 1;

/// A set of steps.
#[derive(Clone, Copy)]
struct Places<const N: usize> {
    words: [u64; N],
    /// No word before this has a member.
    low: usize,
    /// No word from this on has one.
    high: usize,
}

impl<const N: usize> Default for Places<N> {
    fn default() -> Self {
        Self { words: [0; N], low: 0, high: 0 }
    }
}

impl<const N: usize> Places<N> {
    fn insert(&mut self, place: usize) {
        if let Some(word) = self.words.get_mut(place / 64) {
            *word |= 1 << (place % 64);
            self.low = self.low.min(place / 64);
            self.high = self.high.max(place / 64 + 1);
        }
    }

    fn holds(&self, place: usize) -> bool {
        self.words.get(place / 64).is_some_and(|word| word >> (place % 64) & 1 == 1)
    }

    fn is_empty(&self) -> bool {
        self.words.iter().take(self.high).all(|word| *word == 0)
    }

    /// Takes the least out of it.
    fn take(&mut self) -> Option<usize> {
        while self.low < self.high {
            let word = self.words.get_mut(self.low)?;
            if *word != 0 {
                let bit = word.trailing_zeros() as usize;
                *word &= *word - 1;
                return Some(self.low * 64 + bit);
            }
            self.low += 1;
        }
        (self.low, self.high) = (N, 0);
        None
    }

    /// In ascending order.
    fn iter(&self) -> impl Iterator<Item = usize> + use<N> {
        let mut rest = *self;
        rest.low = 0;
        std::iter::from_fn(move || rest.take())
    }
}
