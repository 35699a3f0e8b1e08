//! What an agent may do: grants, constraints and limits; what they accept, and when one scope contains another.
//!
//! A scope is a closed world: what no grant accepts is denied, and a deny always wins. The grammar is `docs/scope.asn1`.

mod action;
mod approval;
pub mod authoring;
mod codec;
mod compiled;
mod constraint;
pub mod containment;
pub mod difference;
mod evaluation;
mod hours;
pub mod intersection;
mod limit;
mod model;
mod param;
mod witness;

pub use action::{ActionPattern, Segment};
pub use approval::{Approval, Approver, Asked, Who};
pub use constraint::{
    Constraint, DomainSet, EmailSet, Glob, Kind, Length, Money, NetSet, Network, PathRoot, Range, Regex, Scalar,
    ScalarSet, UrlSet,
};
pub use evaluation::{Accepted, Call, Draw};
pub use hours::{Hours, Interval};
pub use limit::{Counter, Limit, LimitKind};
pub use model::{Fault, Grant, GrantParts, Scope, ScopeParts};
pub use param::{Param, ParamPath, Step};

pub(crate) use constraint::{is_host_name, split_address};
