//! Decisions in words, for operators.

use kakunin_core::error::{Code, Denial};
use kakunin_core::guard::{DrawKind, Reservation};
use kakunin_core::path::VerifiedAgent;

/// What would become of a call.
pub(super) fn outlook(action: &str, judged: &Result<Reservation, Denial>, agent: &VerifiedAgent) -> String {
    match judged {
        Err(denial) => refused(action, denial),
        Ok(reservation) => {
            let mut text = format!("{action} is within the scope of {}", agent.id());
            match reservation.approvals().len() {
                0 => {}
                1 => text.push_str("; it uses up an approval"),
                count => text.push_str(&format!("; it uses up {count} approvals")),
            }
            for draw in reservation.draws() {
                let depth = usize::from(draw.depth);
                let link = agent.above().iter().find(|link| link.depth() == depth);
                let limit = link.and_then(|link| link.scope()).and_then(|scope| scope.limit_on(draw.position));
                let limit = limit.map_or_else(|| format!("{} per {} s", draw.max, draw.window), ToString::to_string);
                let above = if depth == 0 { String::new() } else { format!(" (certificate {depth} above)") };
                text.push_str(&match draw.kind {
                    DrawKind::Rate => format!("; it counts towards {limit}{above}"),
                    DrawKind::Budget => format!("; it draws {} of {limit}{above}", draw.amount),
                });
            }
            if !reservation.is_empty() {
                text.push_str("; whether so much is left shows when the call is made");
            }
            text
        }
    }
}

/// `charge refused, KKN-E202 MONETARY_LIMIT_EXCEEDED: …`
pub(crate) fn refused(action: &str, denial: &Denial) -> String {
    refused_because(action, denial.code(), &denial.reason(), denial.details().rule)
}

/// The same from a code and a sentence that ends in its rule, which is left out: it names a check, not a reason.
pub(crate) fn refused_because(action: &str, code: Code, reason: &str, rule: &str) -> String {
    let reason = reason.strip_suffix(&format!(" ({rule})")).unwrap_or(reason);
    format!("{action} refused, {code} {}: {reason}", code.name())
}
