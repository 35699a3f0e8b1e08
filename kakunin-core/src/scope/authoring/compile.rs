//! From a document to a scope. Every part goes through its constructor; what those refuse is a mistake at its place.

use super::blame;
use super::document::{Node, Value};
use super::keys::{APPROVAL, APPROVER, GRANT, HOURS, LIMIT, SCOPE};
use super::mistake::Mistakes;
use super::read::{Compiler, element_at};
use super::whole;
use crate::crypto::Digest;
use crate::scope::{
    ActionPattern, Approval, Approver, Grant, GrantParts, Hours, Interval, Limit, LimitKind, ParamPath, Scope,
    ScopeParts, Who,
};

/// The units of a window by letter, in seconds; longest first.
pub(super) const UNITS: &[(char, u32)] = &[('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];

/// The seconds that `90s`, `15m`, `1h` or `7d` says.
pub(super) fn seconds(text: &str) -> Option<u32> {
    UNITS.iter().find_map(|(unit, seconds)| {
        let count = text.strip_suffix(*unit)?;
        let plain = !count.starts_with('0') && count.bytes().all(|byte| byte.is_ascii_digit());
        count.parse::<u32>().ok().filter(|_| plain)?.checked_mul(*seconds)
    })
}

/// The scope that `document` says; `None` after a mistake that leaves none.
pub(super) fn scope(document: &Node, mistakes: &mut Mistakes<'_>) -> Option<Scope> {
    let mut compiler = Compiler { mistakes };
    let fields = compiler.table(document, &SCOPE)?;
    let grants = compiler.optional(&fields, "grant", |c, node| {
        if matches!(node.value, Value::Table(_)) {
            return c.wrong(node, "`grant` is a list of tables: write `[[grant]]` in TOML, `[{…}]` in JSON");
        }
        c.list(node, "`grant`", Compiler::grant)
    });
    let deny = compiler.optional(&fields, "deny", |c, node| c.some_list(node, "`deny`", Compiler::action));
    let limits = compiler.optional(&fields, "limits", |c, node| c.some_list(node, "`limits`", Compiler::limit));
    let max_depth = compiler.optional(&fields, "max_depth", |c, node| c.integer::<u8>(node, "`max_depth`"));
    let hours = compiler.optional(&fields, "hours", Compiler::hours);
    let regions = compiler.optional(&fields, "regions", |c, node| c.texts(node, "`regions`"));
    let approvers =
        compiler.optional(&fields, "approvers", |c, node| c.some_list(node, "`approvers`", Compiler::approver));
    let parts = ScopeParts {
        grants: grants?.unwrap_or_default(),
        deny: deny?.unwrap_or_default(),
        limits: limits?.unwrap_or_default(),
        hours: hours?,
        regions: regions?.unwrap_or_default(),
        approvers: approvers?.unwrap_or_default(),
        max_depth: max_depth?,
    };
    match Scope::new(parts.clone()) {
        Ok(scope) => Some(scope),
        Err(fault) => {
            let at = whole::scope(&fields, &parts, &fault);
            compiler.mistakes.add_near(at, fault.detail, parts.approvers.iter().map(Approver::name));
            None
        }
    }
}

impl Compiler<'_, '_> {
    fn grant(&mut self, node: &Node) -> Option<Grant> {
        let fields = self.table(node, &GRANT)?;
        let action = self.required(&fields, "action", "a grant needs `action`", Self::action);
        let params = self.optional(&fields, "params", |c, node| c.params(node, "`params`"));
        let open = self.optional(&fields, "open", |c, node| c.boolean(node, "`open`"));
        let limits = self.optional(&fields, "limits", |c, node| c.some_list(node, "`limits`", Self::limit));
        let approval = self.optional(&fields, "approval", Self::approval);
        let audience = self.optional(&fields, "audience", |c, node| c.texts(node, "`audience`"));
        let parts = GrantParts {
            action: action?,
            params: params?.unwrap_or_default(),
            open: open?.unwrap_or(false),
            limits: limits?.unwrap_or_default(),
            approval: approval?,
            audience: audience?.unwrap_or_default(),
        };
        let built = Grant::new(parts.clone());
        self.built(node.at, built, |fault| vec![(whole::grant(&fields, &parts, fault), true)])
    }

    fn hours(&mut self, node: &Node) -> Option<Hours> {
        let fields = self.table(node, &HOURS)?;
        let zone = self.required(&fields, "zone", "`hours` need `zone`, such as `Europe/Berlin`", |c, node| {
            c.owned_text(node, "`zone`")
        });
        let open =
            self.required(&fields, "open", "`hours` need `open`, such as `mon-fri 08:00-18:00`", |c, node| match &node
                .value
            {
                Value::List(_) => c.some_list(node, "`open`", Self::intervals),
                _ => c.intervals(node).map(|intervals| vec![intervals]),
            });
        let (zone, open) = (zone?, open?);
        let hours = |length| Hours::new(&zone, open.get(..length).unwrap_or_default().concat());
        match hours(open.len()) {
            Err(fault) if fault.rule == "hours-zone" => {
                self.mistakes.add_near(fields.place("zone"), fault.detail, Hours::zones());
                None
            }
            built => self.built(node.at, built, |_| {
                let at = |node| (element_at(node, open.len(), |length| hours(length).is_err()), true);
                fields.get("open").map(at).into_iter().collect()
            }),
        }
    }

    fn intervals(&mut self, node: &Node) -> Option<Vec<Interval>> {
        let text = self.text(node, "`open`")?;
        self.checked(node.at, Interval::parse(text))
    }

    fn approver(&mut self, node: &Node) -> Option<Approver> {
        let fields = self.table(node, &APPROVER)?;
        let name = self.required(&fields, "name", "an approver needs `name`", |c, node| c.owned_text(node, "`name`"));
        let who = match (fields.get("key"), fields.get("role")) {
            (Some(key), None) => self.digest(key).map(Who::Key),
            (None, Some(role)) => self.owned_text(role, "`role`").map(Who::Role),
            (Some(_), Some(role)) => self.wrong(role, "an approver has `key` or `role`, not both"),
            (None, None) if fields.has_misspelt() => None,
            (None, None) => self.wrong(node, "an approver needs `key` or `role`"),
        };
        let (name, who) = (name?, who?);
        self.built(node.at, Approver::new(&name, who.clone()), |_| {
            let is_name = Approver::new("a", who.clone()).is_ok();
            vec![(fields.place(if is_name { "name" } else { "role" }), true)]
        })
    }

    fn digest(&mut self, node: &Node) -> Option<Digest> {
        let text = self.text(node, "`key`")?;
        let digest = parse_digest(text);
        if digest.is_none() {
            self.mistakes.add(node.at, "`key` is `sha256:` and the 64 lower-case hex digits of the key's SPKI hash");
        }
        digest
    }

    fn approval(&mut self, node: &Node) -> Option<Approval> {
        let fields = self.table(node, &APPROVAL)?;
        let of =
            self.required(&fields, "of", "an approval needs `of`: names of approvers", |c, node| c.texts(node, "`of`"));
        let need = self.optional(&fields, "need", |c, node| c.integer::<u8>(node, "`need`"));
        let unless = self.optional(&fields, "unless", |c, node| match &node.value {
            Value::Table(entries) if entries.is_empty() => c.wrong(node, "`unless` must not be empty: leave it out"),
            _ => c.params(node, "`unless`"),
        });
        let (of, need, unless) = (of?, need?.unwrap_or(1), unless?.unwrap_or_default());
        // Each part alone, beside parts that are good.
        let bad_of = |length| Approval::new(of.get(..length).unwrap_or_default().to_vec(), 1, Vec::new()).is_err();
        let bad_unless =
            |length| Approval::new(vec!["a".to_owned()], 1, unless.get(..length).unwrap_or_default().to_vec()).is_err();
        self.built(node.at, Approval::new(of.clone(), need, unless.clone()), |_| {
            let of = fields.get("of").filter(|_| bad_of(of.len())).map(|node| element_at(node, of.len(), bad_of));
            let place = of.unwrap_or_else(|| match blame::first_bad(unless.len(), bad_unless) {
                Some(index) => whole::member(fields.get("unless"), index).unwrap_or(node.at),
                None => fields.place("need"),
            });
            vec![(place, true)]
        })
    }

    fn action(&mut self, node: &Node) -> Option<ActionPattern> {
        let text = self.text(node, "an action")?;
        self.checked(node.at, ActionPattern::parse(text))
    }

    fn limit(&mut self, node: &Node) -> Option<Limit> {
        let fields = self.table(node, &LIMIT)?;
        let window = self.required(&fields, "per", "a limit needs `per`", Self::window);
        let name = self.optional(&fields, "name", |c, node| c.owned_text(node, "`name`"));
        let kind = match (fields.get("rate"), fields.get("budget"), fields.get("max")) {
            (Some(rate), None, None) => self.integer::<u64>(rate, "`rate`").map(|max| LimitKind::Rate { max }),
            (None, Some(budget), Some(max)) => {
                let path =
                    self.text(budget, "`budget`").and_then(|path| self.checked(budget.at, ParamPath::parse(path)));
                let max = self.decimal(max, "`max`");
                path.zip(max).map(|(path, max)| LimitKind::Budget { path, max })
            }
            (Some(_), None, Some(max)) => self.wrong(max, "`max` belongs to `budget`; `rate` holds its own number"),
            (None, Some(budget), None) => self.wrong(budget, "a budget needs `max`"),
            (Some(_), Some(budget), _) => self.wrong(budget, "a limit has `rate` or `budget`, not both"),
            (None, None, _) if fields.has_misspelt() => None,
            (None, None, _) => self.wrong(node, "a limit needs `rate`, or `budget` and `max`"),
        };
        let (kind, window, name) = (kind?, window?, name?);
        let rate = LimitKind::Rate { max: 1 };
        let built = Limit::new(kind, window, name.clone());
        self.built(node.at, built, |_| {
            let key = match (Limit::new(rate.clone(), window, None), Limit::new(rate, 60, name)) {
                (Err(_), _) => "per",
                (_, Err(_)) => "name",
                _ => "max",
            };
            vec![(fields.place(key), true)]
        })
    }

    fn window(&mut self, node: &Node) -> Option<u32> {
        let text = self.text(node, "`per`")?;
        match seconds(text) {
            Some(window) => Some(window),
            None => self
                .wrong(node, &format!("`{text}` is no window: write a number and `s`, `m`, `h` or `d`, such as `1h`")),
        }
    }
}

/// A digest as people read it: `sha256:` and hex.
pub(super) fn digest_text(digest: &Digest) -> String {
    digest.iter().fold(String::from("sha256:"), |text, byte| text + &format!("{byte:02x}"))
}

fn parse_digest(text: &str) -> Option<Digest> {
    let digits = text.strip_prefix("sha256:")?.as_bytes();
    let nibble = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    let mut digest = Digest::default();
    if digits.len() != 2 * digest.len() {
        return None;
    }
    for (byte, pair) in digest.iter_mut().zip(digits.chunks_exact(2)) {
        let [high, low] = pair else { return None };
        *byte = nibble(*high)? << 4 | nibble(*low)?;
    }
    Some(digest)
}
