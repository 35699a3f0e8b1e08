//! Signed tokens in compact form (RFC 7515): split and decoded strictly, signed canonically. What they mean is for others.

mod compact;
mod input;
pub(crate) mod jwk;
mod sign;

pub use compact::CompactJws;
pub(crate) use compact::{Parts, algorithm};
pub(crate) use input::SigningInput;
pub use sign::sign;
