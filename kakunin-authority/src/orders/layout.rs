//! Names of files, and what they hold.

use kakunin_core::bounds::Bounds;
use kakunin_core::error::{Code, Denial};
use kakunin_core::revocation::order::{SignedHead, SignedOrder};

/// The folder of the logs, in a revocation folder.
pub(crate) const ORDERS_FOLDER: &str = "orders";
/// The file of the newest head, in a log's folder.
pub(crate) const HEAD_FILE: &str = "head.jwt";

/// A file of a log.
#[derive(Clone, Debug)]
pub enum OrderFile {
    /// A head.
    Head(SignedHead),
    /// An order.
    Order(SignedOrder),
}

/// The file of the order with this number, in a log's folder.
pub(super) fn order_file(seq: u64) -> String {
    format!("{seq:012}.jwt")
}

/// The name of a log's head below the revocation folder.
pub(crate) fn head_name(log: &str) -> String {
    format!("{ORDERS_FOLDER}/{log}/{HEAD_FILE}")
}

/// The name of the order with this number below the revocation folder.
pub(crate) fn order_name(log: &str, seq: u64) -> String {
    format!("{ORDERS_FOLDER}/{log}/{}", order_file(seq))
}

/// The file of the receipt for the order with this number.
pub(super) fn receipt_file(seq: u64) -> String {
    format!("{seq:012}.receipt.jwt")
}

/// Whether a file of a log's folder is an order: twelve digits and `.jwt`.
pub(super) fn is_order(name: &str) -> bool {
    name.strip_suffix(".jwt").is_some_and(|number| number.len() == 12 && number.bytes().all(|b| b.is_ascii_digit()))
}

/// What a file of a revocation folder holds, by its name below that folder (`orders/acme/000000000001.jwt`); none where
/// it is no order and no head, as receipts and lists are.
///
/// # Errors
/// E405 as [`SignedOrder::parse`] and [`SignedHead::parse`]; `order-utf8` where it is no text.
pub fn parse_file(name: &str, bytes: &[u8], bounds: &Bounds) -> Result<Option<OrderFile>, Denial> {
    let mut parts = name.split('/');
    let (Some(ORDERS_FOLDER), Some(_), Some(file), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Ok(None);
    };
    if file != HEAD_FILE && !is_order(file) {
        return Ok(None);
    }
    let token = text(bytes).ok_or_else(|| Denial::new(Code::RevocationStale, "order-utf8").field(name.to_owned()))?;
    match file {
        HEAD_FILE => SignedHead::parse(token, bounds).map(|head| Some(OrderFile::Head(head))),
        _ => SignedOrder::parse(token, bounds).map(|order| Some(OrderFile::Order(order))),
    }
}

/// A token in a file, which may end in a line feed.
pub(super) fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok().map(|text| text.strip_suffix('\n').unwrap_or(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_orders_and_heads_are_read() {
        let parse = |name: &str| parse_file(name, b"x", &Bounds::default()).map(|file| file.is_some());
        for name in ["orders/acme/000000000001.jwt", "orders/acme/head.jwt"] {
            assert_eq!(parse(name).unwrap_err().details().rule, "jws-parts", "{name}");
        }
        for name in [
            "tenant.crl",
            "head.jwt",
            "orders/head.jwt",
            "orders/acme/1.jwt",
            "orders/acme/000000000001.receipt.jwt",
            "orders/acme/x/head.jwt",
            "guards/acme/head.jwt",
            "orders/acme/.head.jwt.1-0.new",
        ] {
            assert_eq!(parse(name), Ok(false), "{name}");
        }
    }
}
