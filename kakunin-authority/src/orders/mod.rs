//! An authority's logs of orders as files: giving orders, keeping heads fresh, and what guards say that they know.
//!
//! ```text
//! FOLDER/orders/LOG/000000000001.jwt   the orders, by number
//! FOLDER/orders/LOG/head.jwt           the newest head
//! FOLDER/orders/LOG/000000000001.receipt.jwt, drill.receipt.jwt
//! FOLDER/guards/NAME.json              what a guard knows, written by itself where this folder is there
//! FOLDER/index.json                    the names of all lists, orders and heads, for guards that fetch them
//! PKI/halt-authorities.json            whose orders count, beside the trust anchors
//! ```
//! An order is on disk, under a name that nobody else could take, before its head is; a guard takes it from then on. Readers
//! need no lock: each file is the old one or the new one.

mod authorities;
mod confirmation;
mod index;
mod layout;
mod log;
mod receipt;

pub use authorities::{AUTHORITIES_FILE, read_authorities, write_authorities};
pub use confirmation::{Known, KnownLog, confirm, confirmations, withdraw};
pub use index::{INDEX_FILE, write_index};
pub use layout::{OrderFile, parse_file};
pub use log::{Given, OrderLog};
pub use receipt::{Awaited, Receipt, await_guards};

pub(crate) use authorities::to_json as authorities_json;
pub(crate) use confirmation::GUARDS_FOLDER;
pub(crate) use layout::{HEAD_FILE, ORDERS_FOLDER, head_name, order_name};
