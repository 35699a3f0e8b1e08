use std::cmp::Ordering;
use std::fmt;
use std::mem::discriminant;
use std::ops::Deref;

use super::super::codec::scalar_der;
use super::super::model::Fault;
use super::member;
use super::range::check_decimal;
use crate::encoding::jcs;
use crate::encoding::json::Json;
use crate::error::Code;
use crate::value::Decimal;

/// Above this many members a search is faster than a scan.
const SCANNED: usize = 16;

/// A scalar in a list, compared by JSON type and exactly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scalar {
    /// `true` or `false`.
    Bool(bool),
    /// A number, as an exact decimal.
    Number(Decimal),
    /// Text, by code points.
    Text(String),
}

/// Scalars, none twice, in encoded order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScalarSet {
    members: Vec<Scalar>,
    // Positions in `members` by ascending value; empty for few members.
    sorted: Box<[u32]>,
}

impl ScalarSet {
    /// The set of `members`.
    ///
    /// # Errors
    /// `scalar-twice`; `decimal-exponent` for a number whose exponent lies outside ±34.
    pub fn new(mut members: Vec<Scalar>) -> Result<Self, Fault> {
        members.sort_by_cached_key(scalar_der);
        Self::in_order(members)
    }

    /// As [`ScalarSet::new`], of members that stand in encoded order already, as the decoder made sure.
    pub(in crate::scope) fn in_order(members: Vec<Scalar>) -> Result<Self, Fault> {
        // Equal scalars have equal encodings, so they stand side by side.
        if let Some([twice, _]) = members.windows(2).find(|pair| matches!(pair, [a, b] if a == b)) {
            return Err(Fault::new("scalar-twice", format!("{twice} stands twice in one list")));
        }
        for scalar in &members {
            if let Scalar::Number(number) = scalar {
                check_decimal(*number)?;
            }
        }
        let mut set = Self { members, sorted: Box::default() };
        set.index();
        Ok(set)
    }

    fn index(&mut self) {
        if self.members.len() > SCANNED {
            let mut sorted: Vec<(u32, &Scalar)> = (0_u32..).zip(&self.members).collect();
            sorted.sort_unstable_by(|a, b| order(a.1, b.1));
            self.sorted = sorted.into_iter().map(|(position, _)| position).collect();
        }
    }

    /// Whether `scalar` is a member.
    pub fn holds(&self, scalar: &Scalar) -> bool {
        self.find(|member| order(member, scalar))
    }

    fn find(&self, compare: impl Fn(&Scalar) -> Ordering) -> bool {
        if self.members.len() <= SCANNED {
            return self.members.iter().any(|member| compare(member) == Ordering::Equal);
        }
        self.sorted
            .binary_search_by(|position| self.members.get(*position as usize).map_or(Ordering::Less, &compare))
            .is_ok()
    }

    fn holds_value(&self, value: &Json) -> bool {
        match value {
            Json::Text(text) => {
                if self.members.len() <= SCANNED {
                    return self.members.iter().any(|member| matches!(member, Scalar::Text(own) if own == text));
                }
                self.find(|member| match member {
                    Scalar::Text(own) => own.as_str().cmp(text),
                    other => rank(other).cmp(&TEXT),
                })
            }
            Json::Number(number) => self.holds(&Scalar::Number(Decimal::from_number(*number))),
            Json::Bool(value) => self.holds(&Scalar::Bool(*value)),
            Json::Null | Json::Array(_) | Json::Object(_) => false,
        }
    }

    fn has_type_of(&self, value: &Json) -> bool {
        let like = match value {
            Json::Text(_) => discriminant(&Scalar::Text(String::new())),
            Json::Number(_) => discriminant(&Scalar::Number(Decimal::ZERO)),
            Json::Bool(_) => discriminant(&Scalar::Bool(true)),
            Json::Null | Json::Array(_) | Json::Object(_) => return false,
        };
        self.members.iter().any(|member| discriminant(member) == like)
    }

    /// `one-of`.
    pub(super) fn judge_member(&self, value: &Json) -> Result<(), Code> {
        if self.holds_value(value) {
            return Ok(());
        }
        let readable = self.members.is_empty() || self.has_type_of(value);
        Err(if readable { Code::ValueNotAllowed } else { Code::ParameterInvalid })
    }

    /// `none-of`.
    pub(super) fn judge_stranger(&self, value: &Json) -> Result<(), Code> {
        if self.has_type_of(value) {
            member(!self.holds_value(value), Code::ValueNotAllowed)
        } else {
            Err(Code::ParameterInvalid)
        }
    }
}

impl Deref for ScalarSet {
    type Target = [Scalar];

    fn deref(&self) -> &[Scalar] {
        &self.members
    }
}

/// The rank of text among the types.
const TEXT: u8 = 2;

fn rank(scalar: &Scalar) -> u8 {
    match scalar {
        Scalar::Bool(_) => 0,
        Scalar::Number(_) => 1,
        Scalar::Text(_) => TEXT,
    }
}

fn order(a: &Scalar, b: &Scalar) -> Ordering {
    match (a, b) {
        (Scalar::Bool(a), Scalar::Bool(b)) => a.cmp(b),
        (Scalar::Number(a), Scalar::Number(b)) => a.cmp(b),
        (Scalar::Text(a), Scalar::Text(b)) => a.cmp(b),
        _ => rank(a).cmp(&rank(b)),
    }
}

/// As in JSON.
impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => value.fmt(f),
            Self::Number(number) => number.fmt(f),
            Self::Text(content) => {
                let mut text = String::new();
                jcs::write_text(&mut text, content);
                f.write_str(&text)
            }
        }
    }
}

/// The members, separated by commas.
impl fmt::Display for ScalarSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, scalar) in self.members.iter().enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            scalar.fmt(f)?;
        }
        Ok(())
    }
}
