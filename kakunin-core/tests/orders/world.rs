//! Logs, agents and views for the tests.

use std::sync::Arc;

use kakunin_core::bounds::Bounds;
use kakunin_core::crypto::Digest;
use kakunin_core::error::Denial;
use kakunin_core::path::VerifiedAgent;
use kakunin_core::revocation::order::{Governs, OrderAuthority, Orders, SignedHead, SignedOrder, Target};
use kakunin_core::revocation::{Crl, RevocationSnapshot, RevocationView};
use kakunin_core::scope::{ActionPattern, Grant, GrantParts, Scope, ScopeParts};
use kakunin_core::time::UnixTime;
use kakunin_testkit::NOW;
use kakunin_testkit::chain::{AGENT, Chain, SUB_AGENT};
use kakunin_testkit::key::Key;
use kakunin_testkit::list::List;
use kakunin_testkit::order::Log;

pub(crate) const AT: UnixTime = UnixTime::from_seconds(NOW);

pub(crate) fn at(seconds: i64) -> UnixTime {
    UnixTime::from_seconds(NOW + seconds)
}

pub(crate) fn parse(token: &str) -> SignedOrder {
    SignedOrder::parse(token, &Bounds::default()).unwrap()
}

pub(crate) fn parse_head(token: &str) -> SignedHead {
    SignedHead::parse(token, &Bounds::default()).unwrap()
}

/// What is known after these orders and heads came.
pub(crate) fn taken(authorities: Vec<OrderAuthority>, orders: &[String], heads: &[String]) -> Orders {
    take(&Orders::new(authorities).unwrap(), orders, heads)
}

pub(crate) fn take(before: &Orders, orders: &[String], heads: &[String]) -> Orders {
    take_noting(before, orders, heads).0
}

pub(crate) fn take_noting(before: &Orders, orders: &[String], heads: &[String]) -> (Orders, Vec<&'static str>) {
    let orders: Vec<_> = orders.iter().map(|order| parse(order)).collect();
    let heads: Vec<_> = heads.iter().map(|head| parse_head(head)).collect();
    let (next, notices) = before.take(&orders, &heads, AT, &Bounds::default());
    (next, notices.iter().map(|notice| notice.details().rule).collect())
}

/// Everything that a log says.
pub(crate) fn all(log: &Log) -> Orders {
    taken(vec![log.authority(Governs::Everything)], &log.orders, &[log.signed_head()])
}

/// The rule by which the orders are not known, if they are not.
pub(crate) fn fault(orders: &Orders, now: UnixTime) -> Option<&'static str> {
    orders.check_fresh(now).err().map(|denial| denial.details().rule)
}

fn scope(depth: Option<u8>) -> Scope {
    let grant = Grant::new(GrantParts::new(ActionPattern::parse("charge").unwrap())).unwrap();
    Scope::new(ScopeParts { grants: vec![grant], max_depth: depth, ..ScopeParts::default() }).unwrap()
}

/// An agent below root and tenant.
pub(crate) fn agent() -> Arc<VerifiedAgent> {
    Chain::new(None, &scope(None), None).verified()
}

/// An agent and, below it, one that it certified.
pub(crate) fn family() -> (Arc<VerifiedAgent>, Arc<VerifiedAgent>) {
    let parent = scope(Some(1));
    (Chain::new(None, &parent, None).verified(), Chain::new(None, &parent, Some(&scope(None))).verified())
}

pub(crate) fn key(name: &str) -> Digest {
    Key::ed25519(name).spki_hash()
}

pub(crate) fn halt_agent() -> Target {
    Target::Agent { agent: AGENT.into(), issuer: key("tenant") }
}

pub(crate) fn halt_sub_agent() -> Target {
    Target::Agent { agent: SUB_AGENT.into(), issuer: key("agent") }
}

pub(crate) fn halt_session(session: &str) -> Target {
    Target::Session { session: session.into(), agent: AGENT.into(), issuer: key("tenant") }
}

/// A view of these orders beside fresh lists in which nobody is revoked.
pub(crate) fn view(agent: &VerifiedAgent, orders: Orders) -> RevocationView {
    view_with(agent, orders, &[])
}

/// The same, with these serials on the tenant's list.
pub(crate) fn view_with(agent: &VerifiedAgent, orders: Orders, revoked: &[&[u8]]) -> RevocationView {
    let lists = [("Root", "root", &[][..]), ("Tenant", "tenant", revoked)];
    let lists = lists.map(|(name, key, revoked)| {
        Crl::parse(&List::new(name, 1, revoked).sign(&Key::ed25519(key)), &Bounds::default()).unwrap()
    });
    let snapshot = RevocationSnapshot::new(lists.to_vec()).with_issuers(agent.crl_issuers());
    RevocationView::Checked(Arc::new(snapshot.with_orders(Arc::new(orders))))
}

/// `KKN-E402 halted`, or nothing where the agent may act in `session`.
pub(crate) fn stopped(agent: &VerifiedAgent, orders: &Orders, session: Option<&str>) -> Option<String> {
    stopped_at(agent, orders, session, AT)
}

pub(crate) fn stopped_at(
    agent: &VerifiedAgent,
    orders: &Orders,
    session: Option<&str>,
    now: UnixTime,
) -> Option<String> {
    agent.check_revocation(&view(agent, orders.clone()), session, now).err().map(|denial| said(&denial))
}

pub(crate) fn said(denial: &Denial) -> String {
    format!("{} {}", denial.code(), denial.details().rule)
}
