//! What stops an agent stops the guards that were narrowed from its own.

use std::time::Duration;

use kakunin_authority::shell::{Binding, Guard, Narrowing, Source, compile_scope};
use kakunin_core::bounds::Bounds;
use kakunin_core::certificate::Certificate;
use kakunin_core::crypto::sha256;
use kakunin_core::error::Code;
use kakunin_core::revocation::order::{Instruction, Target};
use kakunin_core::scope::authoring::Format;

use super::orders::allowed_soon;
use super::{Folder, SCOPE, amount, code, denied_soon};

fn narrow(guard: &Guard, delegate: Option<u8>) -> Guard {
    let scope = compile_scope(SCOPE, Format::Toml).unwrap();
    guard.narrow(&Narrowing { delegate, ..Narrowing::new(scope, Duration::from_secs(600)) }).unwrap()
}

#[test]
fn a_revoked_agent_takes_its_narrowed_guards_along_and_its_verifiers_know() {
    let folder = Folder::new();
    let (bot, other) = (folder.issue("bot", Some(2), None), folder.issue("other", Some(1), None));
    let (guard, others) = (folder.guard(&bot), folder.guard(&other));
    let middle = narrow(&guard, Some(1));
    let (low, foreign) = (narrow(&middle, None), narrow(&others, None));
    let verifier = folder.verifier(&folder.often());
    let token = low.sign("charge", amount(), "pay", &Binding::default()).unwrap();
    assert!(verifier.verify(&token, None, None).is_ok());
    let token = low.sign("charge", amount(), "pay", &Binding::default()).unwrap();
    assert_eq!([code(&middle), code(&low), code(&foreign)], [None, None, None]);
    folder.revoke(&bot);
    assert_eq!([denied_soon(&middle), denied_soon(&low)], [Some(Code::AgentRevoked); 2]);
    assert_eq!(verifier.verify(&token, None, None).unwrap_err().code(), Code::AgentRevoked);
    let scope = compile_scope(SCOPE, Format::Toml).unwrap();
    let again = guard.narrow(&Narrowing::new(scope, Duration::from_secs(600)));
    assert_eq!(again.unwrap_err().code(), Code::AgentRevoked);
    assert_eq!(code(&foreign), None);
}

#[test]
fn a_renewed_agent_whose_old_certificate_is_revoked_goes_on_and_what_was_narrowed_from_that_does_not() {
    let folder = Folder::new();
    let old = folder.issue("bot", Some(1), None);
    let guard = folder.guard(&old);
    let before = narrow(&guard, None);
    let kept = folder.path("old.pem");
    std::fs::rename(&old, &kept).unwrap();
    std::fs::remove_file(folder.path("bot.key")).unwrap();
    let renewed = folder.issue("bot", Some(1), None);
    guard.reload(renewed.into()).unwrap();
    let after = narrow(&guard, None);
    folder.revoke(&kept);
    assert_eq!(denied_soon(&before), Some(Code::AgentRevoked));
    assert_eq!([code(&guard), code(&after)], [None, None]);
}

#[test]
fn a_halted_agent_takes_its_narrowed_guards_along_until_it_is_reinstated() {
    let folder = Folder::new();
    let guard = folder.guard(&folder.issue("bot", Some(1), None));
    let task = narrow(&guard, None);
    assert_eq!(code(&task), None);
    let tenant = Source::Path(folder.path("tenant.pem")).certificates("tenant").unwrap().remove(0);
    let issuer = sha256(Certificate::parse(&tenant, &Bounds::default()).unwrap().spki());
    let halt = folder.order(Instruction::Halt(Target::Agent { agent: guard.id().into(), issuer }));
    assert_eq!(denied_soon(&task), Some(Code::AgentHalted));
    // Who is narrowed meanwhile is halted too.
    assert_eq!(code(&narrow(&guard, None)), Some(Code::AgentHalted));
    folder.order(Instruction::Reinstate([halt].into()));
    assert_eq!(allowed_soon(&task), None);
}
