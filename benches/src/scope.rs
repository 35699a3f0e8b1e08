//! Scopes: decisions as they grow, and decoding.

use std::hint::black_box;
use std::sync::Arc;

use kakunin_core::bounds::{Bounds, JsonBounds};
use kakunin_core::guard::{Context, MemoryStore, Mode, judge_call};
use kakunin_core::path::VerifiedAgent;
use kakunin_core::revocation::RevocationView;
use kakunin_core::scope::Scope;
use kakunin_core::scope::authoring::{Format, compile};
use kakunin_core::time::UnixTime;
use kakunin_core::value::Arguments;
use kakunin_testkit::NOW;
use kakunin_testkit::chain::Chain;

/// A grant with eight parameters.
pub const EIGHT: &str = r#"
[[grant]]
action = "payments.charge"
[grant.params]
amount     = { max = 500, money = "currency" }
currency   = "EUR"
customer   = { glob = "cus_*" }
reference  = { length = { min = 1, max = 140 } }
receipt_to = { email = { domains = ["acme.com"] } }
priority   = ["normal", "high"]
invoice    = { url = { hosts = ["*.acme.com"] } }
attempt    = { min = 1, max = 5, type = "integer" }
"#;

const CALL: &str = r#"{"amount": 49.9, "currency": "EUR", "customer": "cus_8f3a21", "reference": "Order 2026-1173, refund of shipping", "receipt_to": "billing@acme.com", "priority": "normal", "invoice": "https://files.acme.com/invoices/1173.pdf", "attempt": 1}"#;

/// A scope and a call that it accepts, judged and reserved under one agent.
pub struct Decision {
    agent: Arc<VerifiedAgent>,
    action: String,
    arguments: Arguments,
    store: MemoryStore,
}

impl Decision {
    /// The call of eight parameters under three scopes that have them: tenant's, agent's and sub-agent's.
    pub fn eight_parameters_three_scopes() -> Self {
        let delegating = |depth: u8| scope(&format!("max_depth = {depth}\n{EIGHT}"));
        let chain = Chain::new(Some(&delegating(2)), &delegating(1), Some(&scope(EIGHT)));
        Self::new(&chain, "payments.charge", CALL)
    }

    /// A call under one scope with `count` grants of different actions, of which the last allows it.
    pub fn grants(count: usize) -> Self {
        let chain = Chain::new(None, &scope(&grants(count)), None);
        Self::new(&chain, &action(count - 1), r#"{"amount": 5}"#)
    }

    /// A call with `count` parameters under one grant that names them.
    pub fn parameters(count: usize) -> Self {
        let named = (0..count).map(|number| format!("p{number} = {{ min = 0, max = {} }}\n", 1_000 + number));
        let text = format!("[[grant]]\naction = \"a\"\n[grant.params]\n{}", named.collect::<String>());
        let arguments = (0..count).map(|number| format!("\"p{number}\": {number}")).collect::<Vec<_>>().join(", ");
        Self::new(&Chain::new(None, &scope(&text), None), "a", &format!("{{{arguments}}}"))
    }

    /// A call whose one parameter is the last of `count` that its list allows.
    pub fn list(count: usize) -> Self {
        let members = (0..count).map(|number| format!("\"member-{number:06}\"")).collect::<Vec<_>>().join(", ");
        let text = format!("[[grant]]\naction = \"a\"\n[grant.params]\nto = [{members}]\n");
        let arguments = format!("{{\"to\": \"member-{:06}\"}}", count - 1);
        Self::new(&Chain::new(None, &scope(&text), None), "a", &arguments)
    }

    /// A call with an array of `count` elements, each of which is judged.
    pub fn elements(count: usize) -> Self {
        let text = "[[grant]]\naction = \"a\"\n[grant.params]\n\"to[]\" = { glob = \"cus_*\" }\n";
        let elements = (0..count).map(|number| format!("\"cus_{number}\"")).collect::<Vec<_>>().join(", ");
        Self::new(&Chain::new(None, &scope(text), None), "a", &format!("{{\"to\": [{elements}]}}"))
    }

    fn new(chain: &Chain, action: &str, arguments: &str) -> Self {
        let arguments = Arguments::parse(arguments.as_bytes(), &JsonBounds::ARGUMENTS).expect("arguments");
        Self { agent: chain.verified(), action: action.to_owned(), arguments, store: MemoryStore::default() }
    }

    /// Judges and reserves the call.
    pub fn run(&self) {
        let now = UnixTime::from_seconds(NOW);
        let context = Context::new(now, Mode::Enforce);
        let view = RevocationView::NotChecked;
        let (action, arguments) = (black_box(&self.action), black_box(&self.arguments));
        let permit = judge_call(&self.agent, action, arguments, None, &view, &context).expect("an accepted call");
        black_box(&permit.reserve(&self.store, || view.clone(), now).expect("an allowed call"));
    }
}

/// An encoded scope.
pub struct Encoded(Vec<u8>);

impl Encoded {
    /// One grant of eight parameters.
    pub fn typical() -> Self {
        Self(scope(EIGHT).encode())
    }

    /// 1,000 grants of different actions.
    pub fn thousand_grants() -> Self {
        Self(scope(&grants(1_000)).encode())
    }

    /// Decodes it, with all that decisions need.
    pub fn decode(&self) {
        black_box(&Scope::decode(black_box(&self.0), &Bounds::default()).expect("a scope"));
    }
}

/// A child and the scope that is to contain it.
pub struct Pair {
    child: Scope,
    parent: Scope,
}

impl Pair {
    /// A grant of eight parameters, each of them a little narrower, in the grant of which it was made.
    pub fn typical() -> Self {
        let narrow = EIGHT
            .replace("max = 500", "max = 100")
            .replace("cus_*", "cus_8*")
            .replace("max = 140", "max = 80")
            .replace("\"*.acme.com\"", "\"files.acme.com\"")
            .replace("[\"normal\", \"high\"]", "\"normal\"");
        Self { child: scope(&narrow), parent: scope(EIGHT) }
    }

    /// `count` grants of different actions, against the same.
    pub fn grants(count: usize) -> Self {
        Self { child: scope(&grants(count)), parent: scope(&grants(count)) }
    }

    /// As many grants of all actions as a scope holds, none of which lies in any of the other's: each is compared with each.
    pub fn hostile() -> Self {
        let overlapping = |from: usize| -> Scope {
            let grant = |number: usize| {
                format!("[[grant]]\naction = \"*\"\nparams = {{ p = {{ min = {number}, max = {number} }} }}\n")
            };
            scope(&(from..from + 1_024).map(grant).collect::<String>())
        };
        Self { child: overlapping(2_000), parent: overlapping(4_000) }
    }

    /// Whether the child is contained.
    pub fn is_contained(&self) -> bool {
        black_box(&self.parent).contains(black_box(&self.child)).is_ok()
    }
}

fn grants(count: usize) -> String {
    let grant =
        |number: usize| format!("[[grant]]\naction = \"{}\"\nparams = {{ amount = {{ max = 9 }} }}\n", action(number));
    (0..count).map(grant).collect()
}

fn action(number: usize) -> String {
    format!("s{}.a{number}", number % 32)
}

pub(crate) fn scope(text: &str) -> Scope {
    compile(text, Format::Toml).expect("a scope")
}
