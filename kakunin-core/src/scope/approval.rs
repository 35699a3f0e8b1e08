//! Who may approve, and which calls need it.

use std::fmt;

use super::codec::param_der;
use super::constraint::has_control;
use super::model::Fault;
use super::param::{Param, ParamPath, paths_once};
use crate::crypto::Digest;

/// Most characters of an approver's name and of a role. 64: as a segment of an action.
const NAME: usize = 64;
/// Most approvals that a call can need (the profile's `INTEGER (1..16)`).
const NEED: u8 = 16;

/// Who may approve, under a name that grants use. Several may share one: each of them stands for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approver {
    name: String,
    who: Who,
}

/// The key of an approver, or a role that any number of people can have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// SHA-256 of the key's SubjectPublicKeyInfo.
    Key(Digest),
    /// The role in approver certificates: `[A-Za-z0-9._-]{1,64}`.
    Role(String),
}

impl Approver {
    /// The approver `who`, named `name` in this scope.
    ///
    /// # Errors
    /// `approver-name` outside 1 to 64 characters or with a control character; `approver-role` for what is no role.
    pub fn new(name: &str, who: Who) -> Result<Self, Fault> {
        if !(1..=NAME).contains(&name.chars().count()) || has_control(name) {
            let detail = format!("`{}` is no name: 1 to {NAME} characters, no control character", name.escape_debug());
            return Err(Fault::new("approver-name", detail));
        }
        if let Who::Role(role) = &who {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
            if !(1..=NAME).contains(&role.len()) || !role.bytes().all(plain) {
                let detail = format!("`{role}` is no role: 1 to {NAME} characters of `A-Z a-z 0-9 . _ -`");
                return Err(Fault::new("approver-role", detail));
            }
        }
        Ok(Self { name: name.to_owned(), who })
    }

    /// The name that grants use.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The key or role.
    pub fn who(&self) -> &Who {
        &self.who
    }
}

/// That calls of a grant need approvals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    of: Vec<String>,
    need: u8,
    unless: Vec<Param>,
}

impl Approval {
    /// `need` approvals by approvers named in `of`, unless every constraint of `unless` is satisfied; never freed where that
    /// is empty.
    ///
    /// # Errors
    /// `approval-of` without names or with one that stands twice, `approval-need` outside 1 to 16, `param-twice`,
    /// `unless-optional` where a parameter of `unless` is optional: an absent one frees no call.
    pub fn new(of: Vec<String>, need: u8, unless: Vec<Param>) -> Result<Self, Fault> {
        let mut approval = Self::in_order(of, need, unless)?;
        approval.unless.sort_by_cached_key(param_der);
        Ok(approval)
    }

    /// As [`Approval::new`], of parameters that stand in encoded order already.
    pub(super) fn in_order(mut of: Vec<String>, need: u8, mut unless: Vec<Param>) -> Result<Self, Fault> {
        if of.is_empty() {
            return Err(Fault::new("approval-of", "an `approval` needs `of`: the names of those who may give it"));
        }
        of.sort_unstable();
        if let Some([twice, _]) = of.windows(2).find(|pair| matches!(pair, [a, b] if a == b)) {
            return Err(Fault::new("approval-of", format!("`{twice}` stands twice in one `of`")));
        }
        if !(1..=NEED).contains(&need) {
            return Err(Fault::new("approval-need", format!("{need} approvals are outside 1 to {NEED}")));
        }
        if let Some(twice) = paths_once(&unless) {
            return Err(Fault::new("param-twice", format!("`unless` names `{twice}` twice")));
        }
        if let Some(path) = unless.iter().find(|param| param.optional).map(Param::path) {
            return Err(Fault::new("unless-optional", in_unless(path)));
        }
        unless.shrink_to_fit();
        Ok(Self { of, need, unless })
    }

    /// The names of those who may give it, in ascending order.
    pub fn of(&self) -> &[String] {
        &self.of
    }

    /// How many approvals it takes, of distinct keys and persons.
    pub fn need(&self) -> u8 {
        self.need
    }

    /// What frees a call of it, in encoded order.
    pub fn unless(&self) -> &[Param] {
        &self.unless
    }

    /// Checks that every name stands for one of `approvers`, which stand by name, and that these can be enough.
    ///
    /// # Errors
    /// `approver-unknown`; `approval-need` where only keys may approve and there are fewer.
    pub(super) fn resolve(&self, approvers: &[&Approver]) -> Result<(), Fault> {
        // As many keys as are needed, or all there are: a name may stand for thousands.
        let mut keys: Vec<&Digest> = Vec::new();
        let mut enough = false;
        for name in &self.of {
            let start = approvers.partition_point(|approver| approver.name < *name);
            let mut named = approvers.iter().skip(start).take_while(|approver| approver.name == *name).peekable();
            if named.peek().is_none() {
                return Err(Fault::new("approver-unknown", format!("`{name}` is none of the scope's `approvers`")));
            }
            for approver in named {
                match &approver.who {
                    // How many people have a role, no scope knows.
                    Who::Role(_) => enough = true,
                    Who::Key(key) if !keys.contains(&key) => keys.push(key),
                    Who::Key(_) => {}
                }
                enough |= keys.len() >= usize::from(self.need);
                if enough {
                    break;
                }
            }
        }
        if enough {
            return Ok(());
        }
        let detail = format!("{} approvals are needed, and {} keys may approve", self.need, keys.len());
        Err(Fault::new("approval-need", detail))
    }
}

fn in_unless(path: &ParamPath) -> String {
    format!("`{path}` is optional in `unless`, where an absent parameter frees no call")
}

/// As in ``2 of `finance`, `ops` ``.
impl fmt::Display for Approval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of ", self.need)?;
        for (index, name) in self.of.iter().enumerate() {
            write!(f, "{}`{name}`", if index > 0 { ", " } else { "" })?;
        }
        Ok(())
    }
}

/// An approval that an accepted call needs.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'s> {
    /// What is asked.
    pub approval: &'s Approval,
    /// The approvers of the scope that asks, all of them.
    pub approvers: &'s [Approver],
}

impl<'s> Asked<'s> {
    /// Those who may give it.
    pub fn eligible(&self) -> impl Iterator<Item = &'s Approver> + use<'s> {
        let approval = self.approval;
        self.approvers.iter().filter(|approver| approval.of.binary_search(&approver.name).is_ok())
    }
}
