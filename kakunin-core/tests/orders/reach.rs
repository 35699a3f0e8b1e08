//! What orders stop, and whom they cannot reach.

use kakunin_core::revocation::order::{Governs, Orders, Target};
use kakunin_testkit::chain::{AGENT, SUB_AGENT};
use kakunin_testkit::order::Log;

use crate::world::{
    AT, agent, all, at, family, halt_agent, halt_session, halt_sub_agent, key, said, stopped, stopped_at, taken,
    view_with,
};

fn one(target: &Target) -> Orders {
    let mut log = Log::new("acme");
    log.halt(target);
    all(&log)
}

fn governed(log: &Log, governs: Governs) -> Orders {
    taken(vec![log.authority(governs)], &log.orders, &[log.signed_head()])
}

#[test]
fn a_halt_stops_its_agent_and_all_below() {
    let (parent, child) = family();
    let orders = one(&halt_agent());
    for session in [None, Some("s")] {
        assert_eq!(stopped(&parent, &orders, session).as_deref(), Some("KKN-E402 halted"));
        assert_eq!(stopped(&child, &orders, session).as_deref(), Some("KKN-E402 halted"));
    }
    let orders = one(&halt_sub_agent());
    assert_eq!(stopped(&parent, &orders, None), None);
    assert_eq!(stopped(&child, &orders, None).as_deref(), Some("KKN-E402 halted"));
}

#[test]
fn a_halt_names_id_and_issuer_both() {
    let agent = agent();
    for target in [
        Target::Agent { agent: AGENT.into(), issuer: key("root") },
        Target::Agent { agent: SUB_AGENT.into(), issuer: key("tenant") },
        Target::Agent { agent: "spiffe://acme.com/bo".into(), issuer: key("tenant") },
    ] {
        assert_eq!(stopped(&agent, &one(&target), None), None, "{target}");
    }
}

#[test]
fn a_halt_of_a_certificate_stops_all_below_it() {
    let (parent, child) = family();
    for (depth, link) in child.above().iter().enumerate() {
        let target = Target::Certificate { issuer: *link.issuer_key_hash(), serial: link.serial().into() };
        let orders = one(&target);
        assert_eq!(stopped(&child, &orders, None).as_deref(), Some("KKN-E402 halted"), "{depth}");
        assert_eq!(stopped(&parent, &orders, None).is_some(), depth > 0, "{depth}");
        let other = Target::Certificate { issuer: key("nobody"), serial: link.serial().into() };
        assert_eq!(stopped(&child, &one(&other), None), None);
    }
}

#[test]
fn a_halted_session_stops_that_session_and_what_does_not_say_its_session() {
    let (parent, child) = family();
    let orders = one(&halt_session("s"));
    for agent in [&parent, &child] {
        assert_eq!(stopped(agent, &orders, Some("s")).as_deref(), Some("KKN-E403 session-halted"));
        assert_eq!(stopped(agent, &orders, None).as_deref(), Some("KKN-E403 session-missing"));
        assert_eq!(stopped(agent, &orders, Some("t")), None);
    }
    let mut log = Log::new("acme");
    let halt = log.halt(&halt_session("s"));
    log.reinstate(&[&halt]);
    assert_eq!(stopped(&parent, &all(&log), None), None);
}

#[test]
fn a_halt_of_everything_is_a_code_of_its_own() {
    let (parent, child) = family();
    let orders = one(&Target::All);
    for agent in [&parent, &child] {
        assert_eq!(stopped(agent, &orders, Some("s")).as_deref(), Some("KKN-E404 system-halted"));
    }
}

#[test]
fn a_revocation_by_order_is_for_ever() {
    let (parent, child) = family();
    let mut log = Log::new("acme");
    let revocation = log.revoke(&halt_agent());
    log.reinstate(&[&revocation]);
    let orders = all(&log);
    for agent in [&parent, &child] {
        assert_eq!(stopped(agent, &orders, None).as_deref(), Some("KKN-E401 revoked-by-order"));
    }
    let mut log = Log::new("acme");
    let serial = parent.leaf().serial().into();
    log.revoke(&Target::Certificate { issuer: key("tenant"), serial });
    assert_eq!(
        stopped(&child, &all(&log), None).is_some(),
        child.above().iter().any(|l| l.serial() == parent.leaf().serial())
    );
    assert_eq!(stopped(&parent, &all(&log), None).as_deref(), Some("KKN-E401 revoked-by-order"));
}

#[test]
fn of_several_orders_the_lowest_code_is_reported() {
    let agent = agent();
    let mut log = Log::new("acme");
    let mut stop = |expected: &str, add: &mut dyn FnMut(&mut Log)| {
        add(&mut log);
        assert_eq!(stopped(&agent, &all(&log), Some("s")).as_deref(), Some(expected));
    };
    stop("KKN-E404 system-halted", &mut |log| drop(log.halt(&Target::All)));
    stop("KKN-E403 session-halted", &mut |log| drop(log.halt(&halt_session("s"))));
    stop("KKN-E402 halted", &mut |log| drop(log.halt(&halt_agent())));
    stop("KKN-E401 revoked-by-order", &mut |log| drop(log.revoke(&halt_agent())));
}

#[test]
fn what_is_known_wins_over_what_is_not() {
    let agent = agent();
    let mut log = Log::new("acme");
    log.halt(&halt_agent());
    let orders = all(&log);
    assert_eq!(stopped_at(&agent, &orders, None, at(60)).as_deref(), Some("KKN-E402 halted"));
    assert_eq!(stopped_at(&agent, &all(&Log::new("acme")), None, at(60)).as_deref(), Some("KKN-E405 head-stale"));
    // Beyond the lists' end, which is unknown as well.
    let late = at(8 * 86_400);
    assert_eq!(stopped_at(&agent, &orders, None, late).as_deref(), Some("KKN-E402 halted"));
    assert_eq!(stopped_at(&agent, &all(&Log::new("acme")), None, late).as_deref(), Some("KKN-E405 crl-next-update"));
    // And the lists' word before the orders'.
    let view = view_with(&agent, orders, &[agent.leaf().serial()]);
    let denial = agent.check_revocation(&view, None, AT).unwrap_err();
    assert_eq!(said(&denial), "KKN-E401 revoked");
}

#[test]
fn an_authority_of_one_key_reaches_what_stands_below_it_and_nothing_else() {
    let (parent, child) = family();
    let serial = |depth: usize| {
        let link = &child.above()[depth];
        Target::Certificate { issuer: *link.issuer_key_hash(), serial: link.serial().into() }
    };
    for (target, below_root, below_tenant) in [
        (halt_agent(), true, true),
        (halt_sub_agent(), true, true),
        (halt_session("s"), true, true),
        (Target::All, true, true),
        (serial(0), true, true),
        (serial(1), true, true),
        // The certificate of the key itself: all that falls stands below it.
        (serial(2), true, true),
        (serial(3), true, false),
    ] {
        let mut log = Log::new("acme");
        log.halt(&target);
        for (name, reached) in [("root", below_root), ("tenant", below_tenant), ("agent", false), ("nobody", false)] {
            let orders = governed(&log, Governs::Issuer(key(name)));
            assert_eq!(stopped(&child, &orders, None).is_some(), reached, "{target} by {name}");
        }
    }
    let mut log = Log::new("acme");
    log.halt(&Target::All);
    let tenant = governed(&log, Governs::Issuer(key("tenant")));
    assert_eq!(stopped(&parent, &tenant, None).as_deref(), Some("KKN-E404 system-halted"));
}

#[test]
fn an_authority_that_does_not_govern_an_agent_cannot_stop_it_by_silence() {
    let (parent, log) = (agent(), Log::new("acme"));
    let silent = |governs| taken(vec![log.authority(governs)], &[], &[]);
    assert_eq!(stopped(&parent, &silent(Governs::Issuer(key("nobody"))), None), None);
    for governs in [Governs::Everything, Governs::Issuer(key("tenant")), Governs::Issuer(key("root"))] {
        assert_eq!(stopped(&parent, &silent(governs), None).as_deref(), Some("KKN-E405 head-missing"));
    }
}

/// Whether what `halter` halted is lifted by `lifter`, for the agent.
fn lifted(target: &Target, halter: Governs, lifter: Governs) -> bool {
    let (mut one, mut two) = (Log::new("one"), Log::new("two"));
    let halt = one.halt(target);
    two.reinstate(&[&halt]);
    let authorities = vec![one.authority(halter), two.authority(lifter)];
    let orders = [one.orders.clone(), two.orders.clone()].concat();
    let orders = taken(authorities, &orders, &[one.signed_head(), two.signed_head()]);
    stopped(&agent(), &orders, Some("s")).is_none()
}

#[test]
fn any_authority_that_governs_the_target_lifts_its_halts() {
    let below = |name: &str| Governs::Issuer(key(name));
    for halter in [Governs::Everything, below("root"), below("tenant")] {
        for target in [halt_agent(), halt_session("s")] {
            for (lifter, expected) in [
                (Governs::Everything, true),
                (below("root"), true),
                (below("tenant"), true),
                (below("agent"), false),
                (below("nobody"), false),
            ] {
                assert_eq!(lifted(&target, halter, lifter), expected, "{halter:?} {target} {lifter:?}");
            }
        }
    }
}

#[test]
fn a_halt_of_everything_is_lifted_by_who_governs_as_much() {
    let below = |name: &str| Governs::Issuer(key(name));
    assert!(lifted(&Target::All, Governs::Everything, Governs::Everything));
    assert!(!lifted(&Target::All, Governs::Everything, below("root")));
    assert!(lifted(&Target::All, below("tenant"), below("root")));
    assert!(lifted(&Target::All, below("tenant"), below("tenant")));
    assert!(!lifted(&Target::All, below("root"), below("tenant")));
}

#[test]
fn a_reinstatement_lifts_what_it_names_and_nothing_else() {
    let agent = agent();
    let mut log = Log::new("acme");
    let (first, second) = (log.halt(&halt_agent()), log.halt(&halt_agent()));
    assert_ne!(first, second);
    log.reinstate(&[&first]);
    let orders = all(&log);
    assert_eq!(stopped(&agent, &orders, None).as_deref(), Some("KKN-E402 halted"));
    assert_eq!(orders.live().map(|live| live.order().seq()).collect::<Vec<_>>(), [2]);
    log.reinstate(&[&second]);
    assert_eq!(stopped(&agent, &all(&log), None), None);
    assert_eq!(all(&log).live().count(), 0);
}
