use std::collections::VecDeque;

use crate::value::Decimal;

/// Most draws that a counter keeps apart. 1,024: exact for limits up to about a thousand calls a window, 48 KiB a counter.
const SLOTS: usize = 1_024;

/// Into how many parts a window is cut where draws are kept together: they count at most a 512th of it too long.
const GRANULES: i64 = 512;

/// The draws on one counter, oldest first. Counts too much where it must be coarse, never too little.
#[derive(Debug)]
pub(super) struct Window {
    length: i64,
    slots: VecDeque<Slot>,
    /// The sum over the slots.
    total: Decimal,
    /// Whether the total is their exact sum, so that what leaves may be subtracted.
    exact: bool,
}

#[derive(Debug)]
struct Slot {
    /// The latest draw in it, in milliseconds.
    time: i64,
    amount: Decimal,
}

/// Why a draw does not fit.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Full {
    pub(super) left: Decimal,
    /// When enough has left the window; `None` where the draw alone is above the maximum.
    pub(super) frees_at: Option<i64>,
}

impl Window {
    pub(super) fn new(seconds: u32) -> Self {
        let length = i64::from(seconds).saturating_mul(1_000);
        Self { length, slots: VecDeque::new(), total: Decimal::ZERO, exact: true }
    }

    /// Memory, in slots.
    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    /// When the last draw leaves; `None` where there is none.
    pub(super) fn idle_at(&self) -> Option<i64> {
        self.slots.back().map(|slot| slot.time.saturating_add(self.length))
    }

    /// Drops what was drawn at or before `now − length`.
    pub(super) fn advance(&mut self, now: i64) {
        let start = now.saturating_sub(self.length);
        let mut stale = false;
        while let Some(slot) = self.slots.front().filter(|slot| slot.time <= start) {
            match self.total.difference(slot.amount) {
                Some(rest) if self.exact => self.total = rest,
                _ => stale = true,
            }
            self.slots.pop_front();
        }
        if stale {
            self.recount();
        }
    }

    fn recount(&mut self) {
        let (mut sum, mut sum_exact) = (Decimal::ZERO, true);
        for slot in &self.slots {
            let Some((total, exact)) = add(sum, slot.amount) else {
                // Too large to count: the old total, which is no smaller, stands.
                self.exact = false;
                return;
            };
            (sum, sum_exact) = (total, sum_exact && exact);
        }
        (self.total, self.exact) = (sum, sum_exact);
    }

    /// The total with `amount`, if it is at most `max`.
    pub(super) fn fits(&self, amount: Decimal, max: Decimal) -> Result<Decimal, Full> {
        match self.total.sum_up(amount) {
            Some(total) if total <= max => Ok(total),
            _ => Err(self.full(amount, max)),
        }
    }

    #[cold]
    fn full(&self, amount: Decimal, max: Decimal) -> Full {
        let left = max.difference(self.total).unwrap_or(Decimal::ZERO);
        if amount > max {
            return Full { left, frees_at: None };
        }
        // From the newest backwards: the first that no longer fits beside the draw is the last that must leave.
        let mut sum = amount;
        for slot in self.slots.iter().rev() {
            match sum.sum_up(slot.amount) {
                Some(more) if more <= max => sum = more,
                _ => return Full { left, frees_at: Some(slot.time.saturating_add(self.length)) },
            }
        }
        Full { left, frees_at: None }
    }

    /// Draws `amount` at `now`, which is never before an earlier draw. [`Window::fits`] admitted it.
    pub(super) fn draw(&mut self, amount: Decimal, now: i64) {
        if amount == Decimal::ZERO {
            return;
        }
        if self.slots.len() >= SLOTS {
            self.merge();
        }
        match add(self.total, amount) {
            Some((total, exact)) => (self.total, self.exact) = (total, self.exact && exact),
            None => self.exact = false,
        }
        self.slots.push_back(Slot { time: now, amount });
    }

    /// Keeps the draws of one granule together, under the time of the latest.
    fn merge(&mut self) {
        let granule = (self.length + GRANULES - 1) / GRANULES;
        let mut merged: VecDeque<Slot> = VecDeque::with_capacity(SLOTS);
        let mut rounded = false;
        for slot in self.slots.drain(..) {
            let same = |last: &&mut Slot| last.time.div_euclid(granule) == slot.time.div_euclid(granule);
            if let Some(last) = merged.back_mut().filter(same)
                && let Some((amount, exact)) = add(last.amount, slot.amount)
            {
                (last.time, last.amount) = (slot.time, amount);
                rounded |= !exact;
            } else {
                merged.push_back(slot);
            }
        }
        self.slots = merged;
        if rounded {
            self.recount();
        }
    }
}

/// The sum, rounded up, and whether it is exact.
fn add(a: Decimal, b: Decimal) -> Option<(Decimal, bool)> {
    let sum = a.sum_up(b)?;
    Some((sum, sum.difference(a) == Some(b)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(text: &str) -> Decimal {
        Decimal::from_literal(text).unwrap()
    }

    #[test]
    fn a_draw_leaves_exactly_when_the_window_is_over() {
        let mut window = Window::new(10);
        window.draw(decimal("2"), 1_000);
        window.advance(10_999);
        assert_eq!(window.fits(decimal("1"), decimal("2")), Err(Full { left: decimal("0"), frees_at: Some(11_000) }));
        window.advance(11_000);
        assert_eq!(window.fits(decimal("1"), decimal("2")), Ok(decimal("1")));
        assert_eq!(window.fits(decimal("3"), decimal("2")), Err(Full { left: decimal("2"), frees_at: None }));
    }

    #[test]
    fn enough_is_free_when_the_last_that_must_leave_has_left() {
        let mut window = Window::new(100);
        for (amount, time) in [("50", 0), ("30", 10_000), ("20", 20_000)] {
            window.draw(decimal(amount), time);
        }
        for (amount, frees_at) in
            [("1", 100_000), ("50", 100_000), ("51", 110_000), ("80.5", 120_000), ("100", 120_000)]
        {
            let full = window.fits(decimal(amount), decimal("100")).unwrap_err();
            assert_eq!(full, Full { left: decimal("0"), frees_at: Some(frees_at) }, "{amount}");
        }
    }

    /// A small generator, so that a failure can be repeated.
    fn random(state: &mut u64) -> u64 {
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        *state
    }

    const TINY: &str = "1e-30";

    /// What was drawn after `start`: exactly, and how often [`TINY`] besides, which does not fit into the sum.
    fn since(drawn: &[(i64, Decimal)], start: i64) -> (Decimal, i128) {
        let recent = drawn.iter().rev().take_while(|(time, _)| *time > start);
        recent.fold((Decimal::ZERO, 0), |(sum, tiny), (_, amount)| {
            let is_tiny = *amount == decimal(TINY);
            (if is_tiny { sum } else { sum.sum_up(*amount).unwrap() }, tiny + i128::from(is_tiny))
        })
    }

    #[test]
    fn a_window_never_counts_less_than_what_was_drawn_in_it() {
        for (seed, amounts) in [(1_u64, &["1"][..]), (2, &["0.1", "25", "1000"]), (3, &[TINY, "9999999999", "0.3"])] {
            let mut state = seed;
            let mut window = Window::new(600);
            let mut drawn: Vec<(i64, Decimal)> = Vec::new();
            let mut now = 0;
            for step in 0..6_000 {
                now += (random(&mut state) % 400) as i64;
                let amount = decimal(amounts[random(&mut state) as usize % amounts.len()]);
                window.advance(now);
                window.draw(amount, now);
                drawn.push((now, amount));
                if step % 61 > 0 {
                    continue;
                }
                // What is kept together counts a 512th of the window too long, no longer.
                let (least, tiny) = since(&drawn, now - 600_000);
                let rest = window.total.difference(least).unwrap_or_else(|| panic!("{} {least} {tiny}", window.total));
                assert!(rest >= Decimal::new(tiny, -30).unwrap(), "{} < {least} + {tiny}e-30", window.total);
                let (most, tiny) = since(&drawn, now - 600_000 - 600_000 / GRANULES - 1);
                assert!(tiny > 0 || window.total <= most, "{} > {most}", window.total);
                assert!(window.len() <= SLOTS);
            }
            assert!(drawn.iter().filter(|(time, _)| *time > now - 600_000).count() > SLOTS, "coarse at the end");
            window.advance(now + 600_000);
            assert_eq!((window.len(), window.total), (0, Decimal::ZERO));
        }
    }
}
