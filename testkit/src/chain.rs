//! Whole paths: a root, a tenant, an agent, and below it a sub-agent where one is wanted.

use std::sync::Arc;

use kakunin_core::bounds::Bounds;
use kakunin_core::encoding::json::Object;
use kakunin_core::path::{TrustAnchors, VerifiedAgent, validate};
use kakunin_core::scope::Scope;
use kakunin_core::time::UnixTime;

use crate::NOW;
use crate::certificate::{Extension, Template};
use crate::key::Key;
use crate::token::Token;

/// The agent's id.
pub const AGENT: &str = "spiffe://acme.com/bot";

/// The sub-agent's id.
pub const SUB_AGENT: &str = "spiffe://acme.com/bot/-/sub";

/// A valid path and its keys.
pub struct Chain {
    /// The certificates, leaf first, the root last.
    pub path: Vec<Vec<u8>>,
    /// The leaf's key.
    pub leaf: Key,
    /// The tenant's key.
    pub tenant: Key,
    /// The leaf's id.
    pub id: &'static str,
}

impl Chain {
    /// A path whose tenant may have a scope and whose agent has one. With a third scope a sub-agent is the leaf; the
    /// agent's scope must then allow a depth of 1.
    pub fn new(tenant_scope: Option<&Scope>, agent_scope: &Scope, sub_agent_scope: Option<&Scope>) -> Self {
        let keys = ["root", "tenant", "agent"].map(Key::ed25519);
        Self::with_keys(keys, tenant_scope, agent_scope, sub_agent_scope)
    }

    /// [`Chain::new`] with the keys of root, tenant and agent.
    pub fn with_keys(
        [root, tenant, agent]: [Key; 3],
        tenant_scope: Option<&Scope>,
        agent_scope: &Scope,
        sub_agent_scope: Option<&Scope>,
    ) -> Self {
        let sub = Key::ed25519("sub");
        let root_der = Template::root("Root", &root).sign(&root);
        let mut template = Template::tenant("Root", "Tenant", &tenant, &["spiffe://acme.com/"]).issued_by(&root);
        if let Some(scope) = tenant_scope {
            template = template.with(Extension::scope(scope.encode()));
        }
        let mut path = vec![template.sign(&root), root_der];
        let scope = agent_scope.encode();
        let template = match sub_agent_scope {
            None => Template::agent("Tenant", AGENT, &agent, scope),
            Some(_) => Template::delegating_agent("Tenant", AGENT, &agent, scope, 1),
        };
        path.insert(0, template.issued_by(&tenant).sign(&tenant));
        let Some(scope) = sub_agent_scope else {
            return Self { path, leaf: agent, tenant, id: AGENT };
        };
        let parent = path.first().map(Vec::as_slice).unwrap_or_default();
        let template = Template::sub_agent(AGENT, parent, SUB_AGENT, &sub, scope.encode()).issued_by(&agent);
        path.insert(0, template.sign(&agent));
        Self { path, leaf: sub, tenant, id: SUB_AGENT }
    }

    /// A path whose agent has this key.
    pub fn with_leaf(leaf: Key, agent_scope: &Scope) -> Self {
        let mut chain = Self::new(None, agent_scope, None);
        let template = Template::agent("Tenant", AGENT, &leaf, agent_scope.encode()).issued_by(&chain.tenant);
        if let Some(first) = chain.path.first_mut() {
            *first = template.sign(&chain.tenant);
        }
        chain.leaf = leaf;
        chain
    }

    /// The agent, validated at [`NOW`].
    pub fn verified(&self) -> Arc<VerifiedAgent> {
        let bounds = Bounds::default();
        let root = self.path.last().cloned().into_iter().collect();
        let anchors = TrustAnchors::new(root, &bounds).expect("a root");
        let now = UnixTime::from_seconds(NOW);
        Arc::new(validate(&self.path, &[], &anchors, now, &bounds).expect("a valid path"))
    }

    /// An intent of the leaf.
    pub fn intent(&self, audience: &str, action: &str, params: Object) -> Token {
        Token::new(&self.path, &self.leaf, self.id, audience, action, params)
    }
}
