//! Which orders and heads are taken, and when what they say is not known.

use kakunin_core::bounds::Bounds;
use kakunin_core::error::Code;
use kakunin_core::revocation::order::{Governs, Orders, Seen, Target};
use kakunin_testkit::NOW;
use kakunin_testkit::key::Key;
use kakunin_testkit::order::Log;
use kakunin_testkit::token::integer;

use crate::world::{AT, agent, all, at, fault, halt_agent, parse, parse_head, stopped, take, take_noting, taken};

fn everything(log: &Log) -> Vec<kakunin_core::revocation::order::OrderAuthority> {
    vec![log.authority(Governs::Everything)]
}

/// A log with a halt, its reinstatement and another halt.
fn three() -> Log {
    let mut log = Log::new("acme");
    let halt = log.halt(&halt_agent());
    log.reinstate(&[&halt]);
    log.halt(&Target::All);
    log
}

#[test]
fn a_head_is_required_of_each_authority() {
    let (log, other) = (Log::new("acme"), Log::new("other"));
    let both = vec![log.authority(Governs::Everything), other.authority(Governs::Everything)];
    assert_eq!(fault(&taken(everything(&log), &[], &[log.signed_head()]), AT), None);
    assert_eq!(fault(&taken(everything(&log), &[], &[]), AT), Some("head-missing"));
    assert_eq!(fault(&taken(both.clone(), &[], &[log.signed_head()]), AT), Some("head-missing"));
    assert_eq!(fault(&taken(both, &[], &[log.signed_head(), other.signed_head()]), AT), None);
}

#[test]
fn a_head_counts_from_iat_less_skew_until_next_update() {
    let orders = all(&Log::new("acme"));
    for (seconds, rule) in [
        (-31, Some("head-future")),
        (-30, None),
        (0, None),
        (29, None),
        (30, Some("head-stale")),
        (1_000, Some("head-stale")),
    ] {
        assert_eq!(fault(&orders, at(seconds)), rule, "{seconds}");
    }
}

#[test]
fn a_head_of_the_future_is_left_for_later() {
    let log = Log::new("acme");
    let future = log.head().change(|head| {
        head.claims.insert("iat", integer(NOW + 31));
        head.claims.insert("nextUpdate", integer(NOW + 99));
    });
    let future = future.sign(&log.key);
    let known = all(&log);
    let (orders, notices) = take_noting(&known, &[], std::slice::from_ref(&future));
    assert_eq!((notices, orders == known), (vec!["head-future"], true));
    let (orders, notices) = known.take(&[], &[parse_head(&future)], at(1), &Bounds::default());
    assert!(notices.is_empty() && orders != known);
}

#[test]
fn an_order_is_taken_iff_it_is_next() {
    let log = three();
    let known = all(&log);
    assert_eq!(fault(&known, AT), None);
    assert_eq!(known.seen()[0].seq, 3);
    // One by one, each with the head of its time or none.
    let mut orders = Orders::new(everything(&log)).unwrap();
    for order in &log.orders {
        orders = take(&orders, std::slice::from_ref(order), &[]);
    }
    assert_eq!(take(&orders, &[], &[log.signed_head()]), known);
    // Again changes nothing.
    assert_eq!(take(&known, &log.orders, &[log.signed_head()]), known);
}

#[test]
fn orders_that_are_newer_than_the_head_are_taken() {
    let mut log = Log::new("acme");
    let head = log.signed_head();
    log.halt(&halt_agent());
    let orders = taken(everything(&log), &log.orders, &[head]);
    assert_eq!(fault(&orders, AT), None);
    assert_eq!(stopped(&agent(), &orders, None).as_deref(), Some("KKN-E402 halted"));
}

#[test]
fn a_gap_that_nobody_fills_is_not_known() {
    let log = three();
    for missing in 0..3 {
        let mut some = log.orders.clone();
        some.remove(missing);
        let orders = taken(everything(&log), &some, &[log.signed_head()]);
        assert_eq!(fault(&orders, AT), Some("order-gap"), "{missing}");
        assert_eq!(take(&orders, &log.orders[missing..=missing], &[]), all(&log), "{missing}");
    }
    // A signed order says that those before it are there, whatever an older head says.
    let empty = Log::new("acme").signed_head();
    assert_eq!(fault(&taken(everything(&log), &log.orders[1..], &[empty]), AT), Some("order-gap"));
}

#[test]
fn two_orders_at_one_number_are_a_fork_for_good() {
    let log = three();
    let known = all(&log);
    let mut other = Log::new("acme");
    other.halt(&halt_agent());
    let second = other.halt(&Target::All);
    for orders in [
        take(&known, std::slice::from_ref(&second), &[]),
        take(&known, &[], &[other.signed_head()]),
        taken(everything(&log), &[log.orders[1].clone(), second.clone()], &[]),
        take(&taken(everything(&log), &[second], &[]), &log.orders, &[]),
    ] {
        let later = take(&orders, &log.orders, &[log.signed_head()]);
        assert_eq!(fault(&later, AT), Some("order-fork"));
    }
}

#[test]
fn an_order_after_another_than_the_last_is_a_fork() {
    let mut log = Log::new("acme");
    log.halt(&halt_agent());
    let stray = log.halting(&Target::All).change(|order| {
        order.claims.insert("prev", kakunin_core::encoding::base64::encode_url(&[7; 32]));
    });
    let stray = stray.sign(&log.key);
    let orders = taken(everything(&log), &[log.orders[0].clone(), stray], &[log.signed_head()]);
    assert_eq!(fault(&orders, AT), Some("order-fork"));
    assert_eq!(orders.taken().next().unwrap().seq, 1, "the stray is not taken");
    assert_eq!(stopped(&agent(), &orders, None).as_deref(), Some("KKN-E402 halted"), "what is known counts");
}

#[test]
fn a_later_head_with_a_lower_number_is_a_rollback() {
    let log = three();
    let known = all(&log);
    let mut shorter = Log::new("acme");
    shorter.orders = log.orders[..2].to_vec();
    let later = shorter.head().change(|head| {
        head.claims.insert("iat", integer(NOW + 1));
        head.claims.insert("nextUpdate", integer(NOW + 31));
    });
    let later = later.sign(&log.key);
    for orders in [
        take(&known, &[], std::slice::from_ref(&later)),
        taken(everything(&log), &log.orders, std::slice::from_ref(&later)),
    ] {
        assert_eq!(fault(&orders, AT), Some("order-rollback"));
        // Until the authority has its log back.
        let again = log.head().change(|head| {
            head.claims.insert("iat", integer(NOW + 2));
        });
        assert_eq!(fault(&take(&orders, &log.orders, &[again.sign(&log.key)]), AT), None);
    }
}

#[test]
fn heads_alone_tell_a_rollback() {
    let log = three();
    let mut shorter = Log::new("acme");
    shorter.orders = log.orders[..2].to_vec();
    let later = shorter.head().change(|head| head.claims.insert("iat", integer(NOW + 1)));
    let heads = [log.signed_head(), later.sign(&log.key)];
    assert_eq!(fault(&taken(everything(&log), &shorter.orders, &heads), AT), Some("order-rollback"));
}

#[test]
fn an_older_head_changes_nothing() {
    let log = three();
    let known = all(&log);
    let mut shorter = Log::new("acme");
    shorter.orders = log.orders[..2].to_vec();
    for seconds in [0, 1, 30] {
        let older = shorter.head().change(|head| head.claims.insert("iat", integer(NOW - seconds)));
        assert_eq!(take(&known, &[], &[older.sign(&log.key)]), known, "{seconds}");
    }
}

#[test]
fn what_was_seen_outlives_a_restart() {
    let log = three();
    let seen = all(&log).seen();
    assert_eq!((seen[0].log.as_str(), seen[0].seq, seen[0].head.is_some()), ("acme", 3, true));
    let resume = |orders: &[String], head: String| {
        let resumed = Orders::resume(everything(&log), seen.clone()).unwrap();
        take(&resumed, orders, &[head])
    };
    assert_eq!(fault(&resume(&log.orders, log.signed_head()), AT), None);
    // The whole folder was put back.
    let mut shorter = Log::new("acme");
    shorter.orders = log.orders[..2].to_vec();
    let back = resume(&shorter.orders, shorter.signed_head());
    assert_eq!(fault(&back, AT), Some("order-rollback"));
    assert_eq!(back.seen(), seen, "what was seen is not forgotten");
    assert_eq!(fault(&resume(&[], Log::new("acme").signed_head()), AT), Some("order-rollback"));
    // A head alone was seen.
    let head_only = taken(everything(&log), &[], &[log.signed_head()]);
    assert_eq!(head_only.seen(), seen);
    // Another log under the same name and key.
    let mut other = Log::new("acme");
    (0..3).for_each(|_| drop(other.halt(&Target::All)));
    assert_eq!(fault(&resume(&other.orders, other.signed_head()), AT), Some("order-fork"));
    // What is no longer configured is not asked for.
    let stranger = Seen { log: "old".to_owned(), seq: 9, head: Some([9; 32]) };
    let resumed = Orders::resume(everything(&log), vec![stranger]).unwrap();
    assert_eq!(fault(&take(&resumed, &log.orders, &[log.signed_head()]), AT), None);
    // A number without a name still holds.
    let bare = Seen { log: "acme".to_owned(), seq: 4, head: None };
    let resumed = Orders::resume(everything(&log), vec![bare.clone()]).unwrap();
    let orders = take(&resumed, &log.orders, &[log.signed_head()]);
    assert_eq!((fault(&orders, AT), orders.seen()), (Some("order-rollback"), vec![bare]));
}

#[test]
fn what_nobody_configured_signed_changes_nothing() {
    let log = three();
    let known = all(&log);
    let mut stranger = Log::new("other");
    stranger.halt(&Target::All);
    let forged = log.halting(&Target::All).sign(&Key::ed25519("x"));
    let forged_head = log.head().sign(&Key::ed25519("x"));
    let garbage = [stranger.orders[0].clone(), forged];
    let (orders, notices) = take_noting(&known, &garbage, &[stranger.signed_head(), forged_head]);
    assert_eq!(notices, ["order-log-unknown", "order-signature", "order-log-unknown", "order-signature"]);
    assert_eq!(orders, known);
}

#[test]
fn a_log_has_a_bound() {
    let log = three();
    let bounds = Bounds { orders: 2, ..Bounds::default() };
    let orders: Vec<_> = log.orders.iter().map(|order| parse(order)).collect();
    let none = Orders::new(everything(&log)).unwrap();
    let (orders, notices) = none.take(&orders, &[parse_head(&log.signed_head())], AT, &bounds);
    assert_eq!(notices.iter().map(|notice| notice.details().rule).collect::<Vec<_>>(), ["order-too-many"]);
    assert_eq!(fault(&orders, AT), Some("order-gap"));
}

#[test]
fn authorities_are_few_and_have_a_log_each() {
    let authority = |log: &str| Log::new(log).authority(Governs::Everything);
    let refused = |authorities: Vec<_>| Orders::new(authorities).unwrap_err();
    let twice = refused(vec![authority("a"), authority("b"), authority("a")]);
    assert_eq!((twice.code(), twice.details().rule), (Code::ConfigurationInvalid, "order-log-twice"));
    let many = |count: usize| (0..count).map(|number| authority(&format!("log{number}"))).collect::<Vec<_>>();
    assert_eq!(refused(many(17)).details().rule, "order-authorities");
    assert!(Orders::new(many(16)).is_ok());
}
