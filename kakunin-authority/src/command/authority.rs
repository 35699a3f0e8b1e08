//! `kakunin init`, `issue`, `revoke` and `crl`.

use std::path::{Path, PathBuf};

use kakunin_core::encoding::json::{Json, Object};
use kakunin_core::error::Denial;
use kakunin_core::revocation::Reason;

use super::arguments::{self, By, Crl, Init, Issue, Revoke};
use super::output::{Answer, Failure, number, object, texts};
use super::{input, model, orders};
use crate::fault;
use crate::files::Existing;
use crate::pki::{Issued, Listed, NewAgent, NewApprover, NewAuthority, ParentAgent, Pki};

pub(super) fn init(arguments: &Init) -> Result<Answer, Failure> {
    let pki = open(&arguments.pki)?;
    let written = pki.init(&NewAuthority {
        namespace: arguments.namespace.clone(),
        days: arguments.days,
        kind: input::kind(arguments.algorithm),
        existing: existing(arguments.force),
    });
    // There is nobody yet who could refuse: whatever is wrong was given wrongly.
    let written = written.map_err(Failure::Misuse)?;
    let names: Vec<String> = written.iter().map(|path| path.display().to_string()).collect();
    let text = format!(
        "A CA for trying is in {}: {}\nIt bears the mark `development`: KAKUNIN_ENV=production refuses it.",
        arguments.pki.pki.display(),
        names.join(", ")
    );
    Ok(Answer::done(text, object([("development", Json::Bool(true)), ("files", texts(names))])))
}

pub(super) fn issue(arguments: &Issue) -> Result<Answer, Failure> {
    if let Some(approver) = &arguments.approver {
        return issue_approver(arguments, approver);
    }
    // INVARIANT: both are required where there is no `--approver`.
    let scope = input::scope(arguments.scope.as_deref().unwrap_or(Path::new("")))?;
    if arguments.cap && arguments.by == Some(By::Parent) {
        let expected = "`--by ca` with it: a parent signs what it is given, or refuses it";
        return Err(fault::misconfigured("cap-by-parent", "cap", "given", expected).into());
    }
    let parent = arguments.parent.as_ref().map(|certificate| ParentAgent {
        certificate: certificate.clone(),
        parents: arguments.parents.clone(),
        key: (arguments.by == Some(By::Parent))
            .then(|| arguments.parent_key.clone().unwrap_or_else(|| input::key_beside(certificate))),
    });
    let issued = open(&arguments.pki)?.issue(&NewAgent {
        name: arguments.name.clone().unwrap_or_default(),
        scope: scope.clone(),
        cap: arguments.cap,
        id: arguments.id.clone(),
        days: arguments.days,
        delegate: arguments.delegate,
        parent,
        model_hash: model::hash(&arguments.model)?,
        kind: input::kind(arguments.algorithm),
        existing: existing(arguments.force),
    })?;
    let (certificate, key) = (issued.certificate.display(), issued.key.display());
    let mut text = format!("{certificate} and {key}\n  {}, valid until {}", issued.id, issued.not_after);
    if arguments.by == Some(By::Ca) {
        let parent = arguments.parent.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
        text.push_str(&format!("\n  guards and signers of it need its parent's path: parents = [\"{parent}\"]"));
    }
    let mut json = issued_json(&issued);
    if arguments.cap {
        let cut: Vec<String> = scope.difference(&issued.scope).iter().map(ToString::to_string).collect();
        text.push_str(if cut.is_empty() { "\n  nothing was cut from its scope" } else { "\n  cut from its scope:" });
        cut.iter().for_each(|line| text.push_str(&format!("\n    {line}")));
        json.insert("cut", texts(cut));
    }
    Ok(Answer::done(text, json))
}

fn issue_approver(arguments: &Issue, approver: &str) -> Result<Answer, Failure> {
    let (role, person) = approver.split_once(':').ok_or_else(|| {
        fault::misconfigured("approver", "approver", approver.to_owned(), "`ROLE:PERSON`, as in `finance:alice`")
    })?;
    let issued = open(&arguments.pki)?.issue_approver(&NewApprover {
        role: role.to_owned(),
        person: person.to_owned(),
        name: arguments.name.clone(),
        days: arguments.days,
        kind: input::kind(arguments.algorithm),
        existing: existing(arguments.force),
    })?;
    let (certificate, key) = (issued.certificate.display(), issued.key.display());
    let text = format!(
        "{certificate} and {key}\n  {}, valid until {}\n  a scope asks for it by role: \
         approvers = [{{ name = \"{role}\", role = \"{role}\" }}]",
        issued.id, issued.not_after
    );
    Ok(Answer::done(text, issued_json(&issued)))
}

fn issued_json(issued: &Issued) -> Object {
    object([
        ("certificate", Json::from(issued.certificate.display().to_string())),
        ("fingerprint", Json::from(issued.fingerprint.as_str())),
        ("id", Json::from(issued.id.as_str())),
        ("key", Json::from(issued.key.display().to_string())),
        ("key_hash", Json::from(issued.key_hash.as_str())),
        ("not_after", Json::from(issued.not_after.to_string())),
        ("serial", Json::from(issued.serial.as_str())),
    ])
}

pub(super) fn revoke(arguments: &Revoke) -> Result<Answer, Failure> {
    if arguments.order {
        return orders::revoke(&arguments.certificates, &arguments.giving);
    }
    if let Some(option) = arguments.giving.of_orders() {
        let expected = "`--order` with it: a CRL has no room for that";
        return Err(fault::misconfigured("option-of-orders", option, "given", expected).into());
    }
    let authority = arguments.giving.authority();
    let pki = Pki::new(authority.pki().to_owned(), input::passphrase(authority.passphrase())?);
    let reason = arguments.giving.reason().map(reason).transpose()?;
    Ok(listed(&pki.revoke(&arguments.certificates, reason, arguments.days)?))
}

/// A reason of RFC 5280 by its name there, or in kebab case. There is no hold: a revocation is for ever.
fn reason(text: &str) -> Result<Reason, Denial> {
    let plain = |text: &str| text.replace('-', "").to_lowercase();
    let mut given = Reason::ALL.into_iter().filter(|reason| *reason != Reason::CertificateHold);
    given.find(|reason| plain(reason.as_str()) == plain(text)).ok_or_else(|| {
        let names = "key-compromise, ca-compromise, affiliation-changed, superseded, cessation-of-operation or privilege-withdrawn";
        fault::misconfigured("reason", "reason", text.to_owned(), names)
    })
}

pub(super) fn crl(arguments: &Crl) -> Result<Answer, Failure> {
    Ok(listed(&open(&arguments.pki)?.refresh(arguments.days)?))
}

fn listed(lists: &[Listed]) -> Answer {
    let lines = lists.iter().map(|list| {
        let Listed { file, revoked, number, next_update } = list;
        format!("{}: number {number}, {revoked} revoked, holds until {next_update}", file.display())
    });
    let text = lines.collect::<Vec<_>>().join("\n");
    let json = lists.iter().map(|list| {
        Json::Object(object([
            ("file", Json::from(list.file.display().to_string())),
            ("next_update", Json::from(list.next_update.to_string())),
            ("number", number(list.number)),
            ("revoked", number(list.revoked as u64)),
        ]))
    });
    Answer::done(text, object([("crls", Json::Array(json.collect()))]))
}

fn open(pki: &arguments::Pki) -> Result<Pki, Failure> {
    Ok(Pki::new(PathBuf::clone(&pki.pki), input::passphrase(&pki.passphrase)?))
}

const fn existing(force: bool) -> Existing {
    if force { Existing::Replace } else { Existing::Keep }
}
