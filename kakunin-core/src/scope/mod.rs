//! What an agent may do: grants, constraints and limits; what they accept, and when one scope contains another.
//!
//! A scope is a closed world: what no grant accepts is denied, and a deny always wins. The grammar is `docs/scope.asn1`.

mod model;

pub use model::{
    ActionPattern, Constraint, DomainSet, EmailSet, Fault, Glob, Grant, Kind, Length, Limit, LimitKind, Money, Param,
    ParamPath, PathRoot, Range, Scalar, Scope, Segment, Step, UrlSet,
};
