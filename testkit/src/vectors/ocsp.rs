//! OCSP responses: each acceptance with twins that change one fact.

use kakunin_core::crypto::{PublicKey, sign_x509};
use kakunin_core::encoding::der::{Writer, tag};
use kakunin_core::encoding::oid;
use kakunin_core::revocation::CrlIssuer;
use kakunin_core::revocation::ocsp::{CertificateId, IdentifierHash, OcspRequest};
use kakunin_core::time::UnixTime;

use super::{Build, Case, case, crl};
use crate::NOW;
use crate::certificate::{Extension, Template, name, time};
use crate::key::Key;
use crate::list::List;

const E401: Option<&str> = Some("KKN-E401");
const E405: Option<&str> = Some("KKN-E405");

const GOOD: &[u8] = &[0x80, 0];
const UNKNOWN: &[u8] = &[0x82, 0];
const RESPONDER_SERIAL: &[u8] = &[0x44];
const NONCE: &[u8] = &[7; 32];

/// What is said of one certificate.
struct Answer {
    serial: Vec<u8>,
    status: Vec<u8>,
    hash: IdentifierHash,
    this_update: i64,
    next_update: Option<i64>,
    extensions: Vec<Extension>,
}

/// A CA, a certificate of it, a responder that it certified, and a response.
struct World {
    ca: Template,
    leaf: Template,
    responder: Template,
    /// Who certified the responder.
    certifier: Key,
    root_key: Key,
    ca_key: Key,
    responder_key: Key,
    /// Whether the responder signs; else the CA.
    delegated: bool,
    /// The name in responderID; else that of who signs.
    responder_id: Option<&'static str>,
    answers: Vec<Answer>,
    produced_at: i64,
    extensions: Vec<Extension>,
    outcome: u8,
    kind: oid::Oid,
    break_signature: bool,
    trailing: Vec<u8>,
}

impl World {
    fn new() -> Self {
        let [root_key, ca_key, leaf_key, responder_key] = ["root", "ca", "leaf", "responder"].map(Key::ed25519);
        let leaf = Template::end_entity("CA", "Leaf", &leaf_key).issued_by(&ca_key);
        let mut responder = Template::end_entity("CA", "Responder", &responder_key)
            .issued_by(&ca_key)
            .with(Extension::extended_key_usage(&[oid::KP_OCSP_SIGNING]))
            .with(Extension::new(oid::OCSP_NOCHECK, false, vec![5, 0]));
        responder.serial = RESPONDER_SERIAL.to_vec();
        Self {
            ca: Template::authority("Root", "CA", &ca_key).issued_by(&root_key),
            responder,
            certifier: Key::ed25519("ca"),
            answers: vec![Answer::new(&leaf.serial, GOOD)],
            leaf,
            root_key,
            ca_key,
            responder_key,
            delegated: false,
            responder_id: None,
            produced_at: -10,
            extensions: Vec::new(),
            outcome: 0,
            kind: oid::OCSP_BASIC,
            break_signature: false,
            trailing: Vec::new(),
        }
    }

    fn case(&self, name: &str) -> Build {
        case(name)
            .bytes("issuer", &self.ca.sign(&self.root_key))
            .bytes("certificate", &self.leaf.sign(&self.ca_key))
            .bytes("response", &self.sign())
            .number("now", NOW * 1_000)
    }

    fn answer(&mut self) -> &mut Answer {
        self.answers.first_mut().expect("an answer")
    }

    fn sign(&self) -> Vec<u8> {
        let (key, own) = if self.delegated { (&self.responder_key, "Responder") } else { (&self.ca_key, "CA") };
        let algorithm = key.signer().algorithm().to_der();
        let mut data = Writer::new();
        data.sequence(|data| {
            data.constructed(tag::context_constructed(1), |id| _ = id.raw(&name(self.responder_id.unwrap_or(own))));
            data.generalized_time(after(self.produced_at));
            data.sequence(|list| self.answers.iter().for_each(|answer| answer.write(list, &authority(&self.ca_key))));
            write_extensions(data, &self.extensions);
        });
        let data = data.into_bytes();
        let mut signature = sign_x509(key.signer(), &data).expect("a signature by a software key");
        if let (true, Some(last)) = (self.break_signature, signature.last_mut()) {
            *last ^= 1;
        }
        let mut basic = Writer::new();
        basic.sequence(|basic| {
            basic.raw(&data).raw(&algorithm).bit_string(&signature);
            if self.delegated {
                basic.constructed(tag::context_constructed(0), |explicit| {
                    explicit.sequence(|list| _ = list.raw(&self.responder.sign(&self.certifier)));
                });
            }
        });
        let basic = basic.into_bytes();
        let mut whole = Writer::new();
        whole.sequence(|whole| {
            whole.primitive(tag::ENUMERATED, &[self.outcome]);
            if self.outcome == 0 {
                whole.constructed(tag::context_constructed(0), |explicit| {
                    explicit.sequence(|bytes| _ = bytes.oid(self.kind).primitive(tag::OCTET_STRING, &basic));
                });
            }
        });
        whole.raw(&self.trailing);
        whole.into_bytes()
    }
}

impl Answer {
    fn new(serial: &[u8], status: &[u8]) -> Self {
        Self {
            serial: serial.to_vec(),
            status: status.to_vec(),
            hash: IdentifierHash::Sha1,
            this_update: -10,
            next_update: Some(3_600),
            extensions: Vec::new(),
        }
    }

    fn write(&self, list: &mut Writer, issuer: &CrlIssuer) {
        let id = CertificateId::new(issuer, &self.serial, self.hash);
        list.sequence(|answer| {
            answer.raw(id.der()).raw(&self.status).generalized_time(after(self.this_update));
            if let Some(next_update) = self.next_update {
                answer.constructed(tag::context_constructed(0), |explicit| {
                    explicit.generalized_time(after(next_update));
                });
            }
            write_extensions(answer, &self.extensions);
        });
    }
}

fn after(seconds: i64) -> UnixTime {
    UnixTime::from_seconds(NOW + seconds)
}

fn authority(key: &Key) -> CrlIssuer {
    CrlIssuer {
        subject: name("CA").into(),
        public_key: PublicKey::from_spki(key.spki()).expect("a key"),
        may_sign_crl: true,
        subject_key_id: None,
    }
}

/// `[1] EXPLICIT Extensions OPTIONAL`
fn write_extensions(to: &mut Writer, extensions: &[Extension]) {
    if !extensions.is_empty() {
        to.constructed(tag::context_constructed(1), |explicit| {
            explicit.sequence(|list| extensions.iter().for_each(|extension| extension.write(list)));
        });
    }
}

/// `[1] { revocationTime, [0] reason }`
fn revoked(reason: Option<u8>) -> Vec<u8> {
    let mut status = Writer::new();
    status.constructed(tag::context_constructed(1), |info| {
        info.generalized_time(after(-100));
        if let Some(reason) = reason {
            info.constructed(tag::context_constructed(0), |explicit| {
                explicit.primitive(tag::ENUMERATED, &[reason]);
            });
        }
    });
    status.into_bytes()
}

fn unknown(critical: bool) -> Extension {
    Extension::new(&[0x2a, 3, 4], critical, vec![5, 0])
}

fn nonce(nonce: &[u8]) -> Extension {
    let mut value = Writer::new();
    value.primitive(tag::OCTET_STRING, nonce);
    Extension::new(oid::OCSP_NONCE, false, value.into_bytes())
}

fn twin(name: &str, change: impl FnOnce(&mut World), code: Option<&'static str>) -> Case {
    let mut world = World::new();
    change(&mut world);
    world.case(name).ends(code)
}

/// As [`twin`], of a response that a responder of the CA signed.
fn delegated(name: &str, change: impl FnOnce(&mut World), code: Option<&'static str>) -> Case {
    twin(
        name,
        |world| {
            world.delegated = true;
            change(world);
        },
        code,
    )
}

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = vec![
        twin("good", |_| {}, None),
        twin("good, its issuer named by SHA-256", |w| w.answer().hash = IdentifierHash::Sha256, None),
        twin("revoked", |w| w.answer().status = revoked(None), E401),
        twin("revoked, and why", |w| w.answer().status = revoked(Some(1)), E401),
        twin("revoked for a reason that is none", |w| w.answer().status = revoked(Some(7)), E405),
        twin("unknown to the responder", |w| w.answer().status = UNKNOWN.to_vec(), E405),
        twin("no answer", |w| w.answers.clear(), E405),
        twin("an answer for another certificate", |w| w.answer().serial = vec![0x55], E405),
        twin("an answer for a serial number that begins as its own", |w| w.answer().serial.push(1), E405),
        twin("an answer for the first octets of its serial number", |w| _ = w.answer().serial.pop(), E405),
        twin(
            "several certificates, of which another is revoked",
            |w| {
                w.answers.insert(0, Answer::new(&[0x55], &revoked(None)));
            },
            None,
        ),
        twin(
            "good and then revoked",
            |w| {
                let revoked = Answer::new(&w.leaf.serial, &revoked(None));
                w.answers.push(revoked);
            },
            E401,
        ),
        twin(
            "revoked and then good",
            |w| {
                let revoked = Answer::new(&w.leaf.serial, &revoked(None));
                w.answers.insert(0, revoked);
            },
            E401,
        ),
    ];
    cases.extend(form_and_time());
    cases.extend(delegates());
    cases.extend(nonces());
    cases
}

/// What is no response, who signed it, and when it speaks.
fn form_and_time() -> Vec<Case> {
    vec![
        twin("a byte after the response", |w| w.trailing = vec![0], E405),
        twin("a responder that tries later", |w| w.outcome = 3, E405),
        twin("a responder that may not answer", |w| w.outcome = 6, E405),
        twin("a response of another type", |w| w.kind = oid::OCSP_NONCE, E405),
        twin("an unknown critical extension of the response", |w| w.extensions.push(unknown(true)), E405),
        twin("an unknown critical extension of the answer", |w| w.answer().extensions.push(unknown(true)), E405),
        twin(
            "unknown extensions that are not critical",
            |w| {
                w.extensions.push(unknown(false));
                w.answer().extensions.push(unknown(false));
            },
            None,
        ),
        twin("a wrong signature", |w| w.break_signature = true, E405),
        twin("another responder's name", |w| w.responder_id = Some("Root"), E405),
        twin("a stale answer", |w| w.answer().next_update = Some(0), E405),
        twin("an answer in its last second", |w| w.answer().next_update = Some(1), None),
        twin("an answer of the next second", |w| w.answer().this_update = 1, E405),
        twin(
            "an answer without nextUpdate, of five minutes ago",
            |w| {
                (w.answer().this_update, w.answer().next_update) = (-300, None);
            },
            E405,
        ),
        twin(
            "an answer without nextUpdate, a second younger",
            |w| {
                (w.answer().this_update, w.answer().next_update) = (-299, None);
            },
            None,
        ),
        twin("a response that will be signed in a second", |w| w.produced_at = 1, E405),
        twin("a response from before the certificate was valid", |w| w.leaf.not_before = time(-9), E405),
        twin(
            "a stale answer revokes for good",
            |w| {
                w.answer().status = revoked(None);
                w.answer().next_update = Some(-1);
            },
            E401,
        ),
    ]
}

/// Responders that the CA did, or did not, authorise.
fn delegates() -> Vec<Case> {
    let usage = |usages: &'static [oid::Oid]| {
        move |world: &mut World| world.responder = world.responder.clone().with(Extension::extended_key_usage(usages))
    };
    // Without nocheck its own certificate is looked up: in a list of its distribution point, which says nothing of the leaf.
    let looked_up = |name: &str, revoked: &[&[u8]]| {
        let mut world = World::new();
        world.delegated = true;
        world.responder = world.responder.clone().without(oid::OCSP_NOCHECK).with(crl::points(&[crl::HERE]));
        let mut list = List::new("CA", 1, revoked);
        list.extensions.push(crl::distribution(&[crl::point(crl::HERE)], true));
        world.case(name).list("crls", &[list.sign(&world.ca_key)])
    };
    vec![
        delegated("a responder that the CA authorised", |_| {}, None),
        delegated("a responder of this usage among others", usage(&[oid::KP_CLIENT_AUTH, oid::KP_OCSP_SIGNING]), None),
        delegated(
            "a responder without the usage",
            |w| {
                w.responder = w.responder.clone().without(oid::EXTENDED_KEY_USAGE);
            },
            E405,
        ),
        delegated("a responder of another usage", usage(&[oid::KP_CLIENT_AUTH]), E405),
        delegated("a responder of any usage", usage(&[oid::ANY_EXTENDED_KEY_USAGE]), E405),
        delegated("a responder that another key certified", |w| w.certifier = Key::ed25519("root"), E405),
        delegated("a responder that another CA certified", |w| w.responder.issuer = name("Root"), E405),
        delegated(
            "a responder that is a CA",
            |w| {
                w.responder = w.responder.clone().with(Extension::basic_constraints(true, None));
            },
            E405,
        ),
        delegated(
            "a responder that may not sign",
            |w| {
                w.responder = w.responder.clone().with(Extension::key_usage(0x20));
            },
            E405,
        ),
        delegated(
            "a responder with an unknown critical extension",
            |w| {
                w.responder = w.responder.clone().with(unknown(true));
            },
            E405,
        ),
        delegated("an expired responder", |w| w.responder.not_after = time(-1), E405),
        delegated("a responder that was not valid yet as it signed", |w| w.responder.not_before = time(-5), E405),
        delegated("a name that is not the responder's", |w| w.responder_id = Some("Leaf"), E405),
        delegated("another key's signature", |w| w.responder.spki = w.leaf.spki.clone(), E405),
        delegated(
            "a responder whose own status nobody says",
            |w| {
                w.responder = w.responder.clone().without(oid::OCSP_NOCHECK);
            },
            E405,
        ),
        looked_up("a responder that its list does not name", &[]).accepted(),
        looked_up("a responder that its list names", &[RESPONDER_SERIAL]).ends(E405),
        looked_up("a responder without a list", &[]).list("crls", &[]).ends(E405),
    ]
}

/// What binds a response to a request.
fn nonces() -> Vec<Case> {
    let asked = |name: &str, sent: Option<&[u8]>, answered: Option<&[u8]>, code: Option<&'static str>| {
        let mut world = World::new();
        world.extensions.extend(answered.map(nonce));
        let id = CertificateId::new(&authority(&world.ca_key), &world.leaf.serial, IdentifierHash::Sha1);
        let request = OcspRequest::new(vec![id], sent).expect("a request").to_der();
        world.case(name).bytes("request", &request).ends(code)
    };
    vec![
        asked("the request's nonce", Some(NONCE), Some(NONCE), None),
        asked("another nonce", Some(NONCE), Some(&[8; 32]), E405),
        asked("the front of the nonce", Some(NONCE), NONCE.get(..31), E405),
        asked("no nonce where one was sent", Some(NONCE), None, E405),
        asked("a nonce where none was sent", None, Some(NONCE), None),
        asked("no nonce where none was sent", None, None, None),
        asked("an empty nonce", None, Some(&[]), E405),
    ]
}
