//! Where a fault lies that a constructor found in several parts together.

/// The place of a fault in something that begins at `whole`: of its `parts` (each with its place and whether the fault goes
/// away without it) the last in the text that the fault needs.
pub(super) fn place(whole: usize, parts: &[(usize, bool)]) -> usize {
    parts.iter().filter(|(_, cures)| *cures).map(|(at, _)| *at).max().unwrap_or(whole)
}

/// The first element that makes a list bad: `is_bad` is asked of beginnings of the list, each by its length, and once one is
/// bad all longer ones are.
pub(super) fn first_bad(length: usize, is_bad: impl Fn(usize) -> bool) -> Option<usize> {
    let (mut good, mut bad) = (0, length);
    if length == 0 || !is_bad(length) {
        return None;
    }
    while bad - good > 1 {
        let middle = good + (bad - good) / 2;
        if is_bad(middle) { bad = middle } else { good = middle }
    }
    Some(bad - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bad_element_is_found_and_the_last_part_that_a_fault_needs() {
        for (length, bad) in [(1, 0), (2, 0), (2, 1), (100, 63), (100, 99)] {
            assert_eq!(first_bad(length, |prefix| prefix > bad), Some(bad));
        }
        assert_eq!((first_bad(5, |_| false), first_bad(0, |_| true)), (None, None));
        assert_eq!((place(7, &[(9, false)]), place(7, &[(9, true), (12, true), (20, false)])), (7, 12));
    }
}
