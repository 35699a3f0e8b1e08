//! The order of arrival has no meaning: whatever comes first, in parts, twice, the end is the same.

use kakunin_core::revocation::order::{Governs, Orders, Target};
use kakunin_testkit::NOW;
use kakunin_testkit::order::Log;
use kakunin_testkit::token::integer;

use crate::world::{AT, agent, fault, halt_agent, halt_session, key, stopped, take};

/// A small generator, so that a failure can be repeated.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound.max(1) as u64).unwrap()
    }

    fn shuffle<T>(&mut self, list: &mut [T]) {
        for at in (1..list.len()).rev() {
            list.swap(at, self.below(at + 1));
        }
    }
}

/// Three logs with random orders that lift each other's halts, a head after each order, and what becomes of them all.
struct Story {
    logs: [Log; 3],
    orders: Vec<String>,
    heads: Vec<String>,
}

const GOVERNS: [fn() -> Governs; 3] =
    [|| Governs::Everything, || Governs::Issuer(key("root")), || Governs::Issuer(key("tenant"))];

impl Story {
    fn new(random: &mut Random) -> Self {
        let mut logs = ["one", "two", "three"].map(Log::new);
        let (mut orders, mut heads, mut halts) = (Vec::new(), Vec::new(), Vec::<String>::new());
        for step in 0..8 + random.below(8) {
            let log = &mut logs[random.below(3)];
            let order = match random.below(8) {
                0..=2 if !halts.is_empty() => {
                    let count = 1 + random.below(2);
                    let lifted: Vec<String> = (0..count).map(|_| halts[random.below(halts.len())].clone()).collect();
                    log.reinstate(&lifted.iter().map(String::as_str).collect::<Vec<_>>())
                }
                3 => log.halt(&halt_session("s")),
                4 => log.halt(&Target::All),
                5 if random.below(20) == 0 => log.revoke(&halt_agent()),
                _ => log.halt(&halt_agent()),
            };
            halts.push(order.clone());
            orders.push(order);
            let second = i64::try_from(step / 3).unwrap();
            let head = log.head().change(|head| head.claims.insert("iat", integer(NOW - 20 + second)));
            heads.push(head.sign(&log.key));
        }
        // Most stories end well, or with a few halts that stand.
        for halt in halts.iter().filter(|_| random.below(5) > 0) {
            orders.push(logs[0].reinstate(&[halt]));
        }
        heads.extend(logs.iter().map(Log::signed_head));
        Self { logs, orders, heads }
    }

    fn empty(&self) -> Orders {
        let authorities = self.logs.iter().zip(GOVERNS).map(|(log, governs)| log.authority(governs()));
        Orders::new(authorities.collect()).unwrap()
    }

    fn whole(&self) -> Orders {
        take(&self.empty(), &self.orders, &self.heads)
    }
}

#[test]
fn the_same_orders_in_any_order_of_arrival_give_the_same_state() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let agent = agent();
    let mut outcomes = std::collections::BTreeSet::new();
    for _ in 0..16 {
        let story = Story::new(&mut random);
        let expected = story.whole();
        assert_eq!(fault(&expected, AT), None);
        outcomes.insert(stopped(&agent, &expected, Some("s")));
        for _ in 0..6 {
            let (mut orders, mut heads) = (story.orders.clone(), story.heads.clone());
            random.shuffle(&mut orders);
            random.shuffle(&mut heads);
            // In parts, some of it twice, with a restart in between.
            let mut known = story.empty();
            while !orders.is_empty() || !heads.is_empty() {
                let part = orders.split_off(orders.len() - (1 + random.below(4)).min(orders.len()));
                let head = heads.split_off(heads.len() - random.below(3).min(heads.len()));
                known = take(&known, &part, &head);
                let again = random.below(6);
                if again == 0 {
                    known = take(&known, &part, &head);
                } else if again == 1 {
                    // What is sent again after a restart is everything.
                    let authorities = known.authorities().cloned().collect();
                    let resumed = Orders::resume(authorities, known.seen()).unwrap();
                    let after = take(&resumed, &story.orders, &story.heads);
                    for session in [None, Some("s"), Some("t")] {
                        assert_eq!(stopped(&agent, &after, session), stopped(&agent, &expected, session));
                    }
                }
            }
            assert_eq!(known, expected);
        }
    }
    assert!(outcomes.len() >= 3, "the stories end in different ways: {outcomes:?}");
}

#[test]
fn a_part_of_the_orders_allows_nothing_that_all_of_them_stop() {
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    let agent = agent();
    for _ in 0..6 {
        let story = Story::new(&mut random);
        let whole = story.whole();
        for missing in 0..story.orders.len() {
            let mut some = story.orders.clone();
            some.remove(missing);
            // With the heads, whoever withholds one is noticed by all whom its authority governs.
            let part = take(&story.empty(), &some, &story.heads);
            assert!(stopped(&agent, &part, Some("s")).is_some());
            assert_eq!(take(&part, &story.orders[missing..=missing], &[]), whole);
        }
    }
}
