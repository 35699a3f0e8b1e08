//! Logs of orders: orders that follow from each other, heads, and twins that do not.

use kakunin_core::crypto::{jws_algorithm, sha256};
use kakunin_core::encoding::base64;
use kakunin_core::encoding::json::{Json, Object};
use kakunin_core::revocation::order::{Governs, OrderAuthority, Target};

use crate::NOW;
use crate::key::Key;
use crate::token::{Token, integer};

/// An authority's log.
pub struct Log {
    /// Its key.
    pub key: Key,
    /// Its name.
    pub name: String,
    /// Its orders, the first being 1.
    pub orders: Vec<String>,
}

impl Log {
    /// An empty log, whose key is that of its name.
    pub fn new(name: &str) -> Self {
        Self { key: Key::ed25519(&format!("log {name}")), name: name.to_owned(), orders: Vec::new() }
    }

    /// Its authority.
    pub fn authority(&self, governs: Governs) -> OrderAuthority {
        let key = self.key.signer().public_key().clone();
        OrderAuthority::new(key, self.name.as_str(), governs).expect("a log's name")
    }

    /// A token of the log's key.
    fn token(&self, typ: &str) -> Token {
        let (mut header, mut claims) = (Object::new(), Object::new());
        header.insert("alg", jws_algorithm(self.key.signer()).expect("a listed algorithm").as_str());
        header.insert("kid", base64::encode_url(&self.key.spki_hash()));
        header.insert("typ", typ);
        claims.insert("log", self.name.as_str());
        claims.insert("seq", integer(i64::try_from(self.orders.len()).unwrap_or(i64::MAX)));
        claims.insert("iat", integer(NOW));
        Token { header, claims }
    }

    /// The next order: all but `target` or `lifts`.
    pub fn next(&self, kind: &str) -> Token {
        let mut order = self.token("kakunin-order+jwt");
        order.claims.insert("seq", integer(i64::try_from(self.orders.len() + 1).unwrap_or(i64::MAX)));
        order.claims.insert("iss", "night desk");
        order.claims.insert("kind", kind);
        if let Some(last) = self.orders.last() {
            order.claims.insert("prev", name(last));
        }
        order
    }

    /// The next order, a halt that is not added yet.
    pub fn halting(&self, target: &Target) -> Token {
        self.next("halt").change(|order| order.claims.insert("target", target.to_json()))
    }

    /// Adds an order.
    pub fn push(&mut self, order: &Token) -> String {
        let order = order.sign(&self.key);
        self.orders.push(order.clone());
        order
    }

    /// Adds a halt.
    pub fn halt(&mut self, target: &Target) -> String {
        let order = self.halting(target);
        self.push(&order)
    }

    /// Adds a revocation.
    pub fn revoke(&mut self, target: &Target) -> String {
        let order = self.next("revoke").change(|order| order.claims.insert("target", target.to_json()));
        self.push(&order)
    }

    /// Adds a reinstatement of these halts.
    pub fn reinstate(&mut self, halts: &[&str]) -> String {
        let names = halts.iter().map(|halt| Json::from(name(halt))).collect();
        let order = self.next("reinstate").change(|order| order.claims.insert("lifts", Json::Array(names)));
        self.push(&order)
    }

    /// A head of the log as it is, fresh for half a minute.
    pub fn head(&self) -> Token {
        let mut head = self.token("kakunin-head+jwt");
        head.claims.insert("nextUpdate", integer(NOW + 30));
        if let Some(last) = self.orders.last() {
            head.claims.insert("head", name(last));
        }
        head
    }

    /// The same, signed.
    pub fn signed_head(&self) -> String {
        self.head().sign(&self.key)
    }
}

/// The name of a token: SHA-256 of what was signed, in base64url.
pub fn name(token: &str) -> String {
    let (input, _) = token.rsplit_once('.').unwrap_or((token, ""));
    base64::encode_url(&sha256(input.as_bytes()))
}
