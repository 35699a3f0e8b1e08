//! The certificate that a guard uses, validated, and what is known of it.

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};

use kakunin_core::crypto::{Digest, Signer};
use kakunin_core::error::{Code, Denial};
use kakunin_core::path::{self, VerifiedAgent, VerifiedDelegator};
use kakunin_core::record::Subject;
use kakunin_core::revocation::RevocationView;
use kakunin_core::time::UnixTime;

use super::SignerSource;
use super::setup::{Setup, view_number};
use crate::keys::{self, Passphrase};
use crate::{fault, hex};

/// The certificate in use, what follows from it, and what is known of its revocation.
#[derive(Clone)]
pub(super) struct Current {
    pub(super) agent: Arc<VerifiedAgent>,
    pub(super) chain: Arc<[Vec<u8>]>,
    pub(super) signer: Option<Arc<dyn Signer>>,
    pub(super) subject: Arc<Subject>,
    pub(super) view: RevocationView,
    pub(super) view_number: Option<u64>,
    /// Which snapshot `view` is.
    pub(super) generation: u64,
    pub(super) warned: Arc<AtomicBool>,
    /// The agent as one that certifies others, from the first time on that it does.
    pub(super) delegator: Arc<OnceLock<Arc<VerifiedDelegator>>>,
}

impl Current {
    /// Validates the path `chain`, and reads the key that belongs to it.
    pub(super) fn validate(
        setup: &Setup,
        chain: Vec<Vec<u8>>,
        parents: &[Vec<Vec<u8>>],
        signer: Option<&SignerSource>,
        model: Option<&Digest>,
        now: UnixTime,
    ) -> Result<Self, Denial> {
        let agent = path::validate(&chain, parents, &setup.anchors, now, &setup.bounds)?;
        setup.admit(&agent)?;
        if agent.model_hash() != model {
            let text = |hash: Option<&Digest>| hash.map_or_else(|| "no model".to_owned(), |hash| hex::sha256(hash));
            return Err(Denial::new(Code::ModelHashMismatch, "model-hash")
                .field("model")
                .requested(text(model))
                .expected(text(agent.model_hash())));
        }
        // Read again with each certificate: a renewed one often has a new key.
        let signer = signer.map(open_signer).transpose()?;
        if let Some(signer) = &signer
            && signer.public_key().spki_hash() != agent.public_key().spki_hash()
        {
            let expected = "the key of the certificate";
            return Err(fault::misconfigured("signer-other-key", "signer", signer.key_id().to_owned(), expected));
        }
        let (view, generation) = setup.revocation.view(agent.crl_issuers());
        check_for_opening(&agent, &view, now)?;
        Ok(Self {
            subject: Arc::new(Subject::of(&agent)),
            view_number: view_number(&view),
            agent: Arc::new(agent),
            chain: chain.into(),
            signer,
            view,
            generation,
            warned: Arc::default(),
            delegator: Arc::default(),
        })
    }

    /// The same, by what is known of its revocation in a later snapshot.
    pub(super) fn with_view(&self, view: RevocationView, generation: u64) -> Self {
        Self { view_number: view_number(&view), view, generation, ..self.clone() }
    }

    /// The certificate of a sub-agent that the agent has just signed, with the sub-agent's own key.
    pub(super) fn narrowed(&self, certificate: Vec<u8>, agent: VerifiedAgent, signer: Arc<dyn Signer>) -> Self {
        Self {
            subject: Arc::new(Subject::of(&agent)),
            agent: Arc::new(agent),
            chain: std::iter::once(certificate).chain(self.chain.iter().cloned()).collect(),
            signer: Some(signer),
            delegator: Arc::default(),
            // INVARIANT: what an agent signs is looked up in no list, so what is known of the agent is what is known here.
            ..self.clone()
        }
    }
}

/// Whether a guard for `agent` may be opened by what is known of revocations and orders.
pub(super) fn check_for_opening(agent: &VerifiedAgent, view: &RevocationView, now: UnixTime) -> Result<(), Denial> {
    match agent.check_revocation(view, None, now) {
        // A halt is lifted without a restart: the guard is there by then, and denies until then.
        Err(denial) if !matches!(denial.code(), Code::AgentHalted | Code::SessionHalted | Code::SystemHalted) => {
            Err(denial)
        }
        _ => Ok(()),
    }
}

/// The signer that a source names.
pub(crate) fn open_signer(source: &SignerSource) -> Result<Arc<dyn Signer>, Denial> {
    let uri = match source {
        SignerSource::Signer(signer) => return Ok(Arc::clone(signer)),
        SignerSource::Uri(uri) => uri,
    };
    let unsupported = || {
        fault::misconfigured("unsupported", "signer", uri.clone(), "`file:PATH` or `file:PATH?passphrase-file=PATH`")
    };
    let path = uri.strip_prefix("file:").filter(|path| !path.is_empty()).ok_or_else(unsupported)?;
    let (path, passphrase) = match path.split_once('?') {
        None => (path, None),
        Some((path, query)) => {
            let file = query.strip_prefix("passphrase-file=").ok_or_else(unsupported)?;
            (path, Some(Passphrase::from_file(file.as_ref())?))
        }
    };
    Ok(Arc::new(keys::load(path.as_ref(), passphrase.as_ref())?))
}
