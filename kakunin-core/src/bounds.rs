//! How much of anything hostile is looked at: every limit, its default, and where the number comes from.

/// Limits on untrusted input. The defaults are those of the profile; each may be lowered, none switched off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Certificates on one path, leaf and anchor included. 8: no PKI of agents measured needs more than 5.
    pub path_certificates: usize,
    /// Certificates of a path and all its parents' paths together. 16: twice a path.
    pub all_certificates: usize,
    /// Bytes of one certificate. 64 KiB: a 48 KiB scope and 16 KiB of everything else.
    pub certificate_bytes: usize,
    /// Extensions in one certificate. 32: RFC 5280 defines 17, CAs in the field use at most 12.
    pub extensions: usize,
    /// Comparisons of a name with a subtree of nameConstraints, in all paths of one call together. 250,000: what rustls-webpki
    /// allows; a thousand subtrees over two paths of a hundred names, decided within 10 ms.
    pub name_comparisons: usize,
    /// Bytes of an encoded scope. 48 KiB: leaves room for the certificate around it.
    pub scope_bytes: usize,
    /// Bytes of one CRL. 16 MiB: about 400,000 revoked serials.
    pub crl_bytes: usize,
    /// Bytes of an order in compact form. 16 KiB: an id of 2,048 characters, a reason of 1,024 and 64 names, twice over.
    pub order_bytes: usize,
    /// Bytes of a head in compact form. 4 KiB: four times one with the longest signature of the list (RSA-4096).
    pub head_bytes: usize,
    /// Bytes of a receipt in compact form. 4 MiB: 1,024 guards with the longest ids.
    pub receipt_bytes: usize,
    /// Orders in one log. 16,384: an order an hour for two years. All are verified at a start, in about a second, and
    /// the index that names their files stays below 1 MiB.
    pub orders: u64,
    /// Bytes of one OCSP request or response. 64 KiB: a response with a responder's certificate takes 2 KiB, one about 64
    /// certificates below 10.
    pub ocsp_bytes: usize,
    /// Approvals that come with one call. 16: as many as a scope may need (profile §2 has no larger `need`).
    pub approvals: usize,
    /// Bytes of an approval in compact form. 16 KiB: twice one with a path of five typical certificates in `x5c`.
    pub approval_bytes: usize,
    /// Bytes of an intent in compact form. 128 KiB: a path of typical certificates and full arguments.
    pub intent_bytes: usize,
    /// Seconds by which a signer's clock may differ. 30: NTP keeps hosts within one, drift without NTP within thirty a fortnight.
    pub skew_seconds: i64,
    /// Limits on JSON documents (arguments, claims).
    pub json: JsonBounds,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            path_certificates: 8,
            all_certificates: 16,
            certificate_bytes: 64 * 1024,
            extensions: 32,
            name_comparisons: 250_000,
            scope_bytes: 48 * 1024,
            crl_bytes: 16 * 1024 * 1024,
            order_bytes: 16 * 1024,
            head_bytes: 4 * 1024,
            receipt_bytes: 4 * 1024 * 1024,
            orders: 16_384,
            ocsp_bytes: 64 * 1024,
            approvals: 16,
            approval_bytes: 16 * 1024,
            intent_bytes: 128 * 1024,
            skew_seconds: 30,
            json: JsonBounds::ARGUMENTS,
        }
    }
}

/// Limits on one JSON document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JsonBounds {
    /// Bytes of text; for arguments also of their canonical form.
    pub bytes: usize,
    /// Nested arrays and objects: `[]` is 1 deep.
    pub depth: usize,
    /// Values in all, containers and the document itself included.
    pub values: usize,
}

impl JsonBounds {
    /// Arguments of a call: 64 KiB, depth 32, 4,096 values (profile §3; tool calls measured stay below 4 KiB, 6, 100).
    pub const ARGUMENTS: Self = Self { bytes: 64 * 1024, depth: 32, values: 4_096 };
    /// A header or claim set that holds arguments and certificates: 128 KiB, two levels and a few values more than arguments.
    pub const TOKEN: Self = Self { bytes: 128 * 1024, depth: 34, values: 4_352 };
    /// The claims of an approval, whose bytes are bounded apart: flat, and what others may add.
    pub const APPROVAL: Self = Self { bytes: 16 * 1024, depth: 4, values: 64 };
    /// The claims of an order, a head or a receipt, whose bytes are bounded apart: four levels; three values
    /// a guard that a receipt names, one a silent one.
    pub const ORDER: Self = Self { bytes: 16 * 1024, depth: 4, values: 6_144 };
    /// An authoring document or a record: 1 MiB, depth 32, 65,536 values (a scope of 48 KiB DER is below both).
    pub const DOCUMENT: Self = Self { bytes: 1024 * 1024, depth: 32, values: 65_536 };
}
