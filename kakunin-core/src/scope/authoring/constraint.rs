//! What is asked of a parameter.

use super::document::{Entry, Node, Value};
use super::keys::{CONSTRAINTS, EMAIL, Key, LENGTH, PARAM, URL, names};
use super::read::{Compiler, Fields, element_at};
use crate::scope::{
    Constraint, DomainSet, EmailSet, Fault, Glob, Kind, Length, Money, NetSet, Network, Param, ParamPath, PathRoot,
    Range, Regex, Scalar, ScalarSet, UrlSet,
};

/// What one key of a parameter's table gave.
enum Read {
    Constraint(Constraint),
    Mistake,
    Nothing,
}

impl Compiler<'_, '_> {
    pub(super) fn params(&mut self, node: &Node, what: &str) -> Option<Vec<Param>> {
        let Value::Table(entries) = &node.value else {
            return self.wrong(node, &format!("{what} must be a table"));
        };
        let params: Vec<Option<Param>> = entries.iter().map(|entry| self.param(entry)).collect();
        params.into_iter().collect()
    }

    fn param(&mut self, entry: &Entry) -> Option<Param> {
        if entry.dotted {
            let message =
                format!("a path with dots is quoted as a whole: write `\"{}.…\"`, or `{0} = {{ … }}`", entry.key);
            self.mistakes.add(entry.at, message);
            return None;
        }
        let mistakes_before = self.mistakes.count();
        let path = self.checked(entry.at, ParamPath::parse(&entry.key));
        let (optional, constraints) = match &entry.node.value {
            Value::Table(entries) => {
                let fields = self.constraint_fields(entries, &entry.node, &entry.key, PARAM);
                let optional = self.optional(&fields, "optional", |c, node| c.boolean(node, "`optional`"));
                let mut constraints = self.constraints(&fields);
                let all = self.optional(&fields, "all", |c, node| {
                    c.some_list(node, "`all`", |c, node| c.further_constraints(node, &entry.key))
                });
                if let Some(constraints) = &mut constraints {
                    constraints.extend(all?.unwrap_or_default().into_iter().flatten());
                }
                (optional?.unwrap_or(false), constraints)
            }
            _ => (false, self.scalars(&entry.node).map(|scalars| vec![Constraint::OneOf(scalars)])),
        };
        let constraints = constraints?;
        if constraints.is_empty() {
            // After another mistake in this table it is known that something is asked for.
            if self.mistakes.count() == mistakes_before {
                self.mistakes.add(entry.node.at, "this asks for nothing: name a constraint, such as `type`");
            }
            return None;
        }
        let param = Param::new(path?, optional, constraints);
        self.checked(entry.at, param)
    }

    fn further_constraints(&mut self, node: &Node, path: &str) -> Option<Vec<Constraint>> {
        let Value::Table(entries) = &node.value else {
            return self.wrong(node, "`all` is a list of tables, each with constraints");
        };
        let mistakes_before = self.mistakes.count();
        let fields = self.constraint_fields(entries, node, path, &[]);
        let constraints = self.constraints(&fields)?;
        if constraints.is_empty() && self.mistakes.count() == mistakes_before {
            return self.wrong(node, "this asks for nothing: name a constraint, such as `type`");
        }
        Some(constraints)
    }

    /// As [`Compiler::known`], with a hint where a table looks like a path that was not quoted.
    fn constraint_fields<'n>(
        &mut self,
        entries: &'n [Entry],
        node: &Node,
        path: &str,
        more: &'static [Key],
    ) -> Fields<'n> {
        let mut known = Vec::new();
        for entry in entries {
            let is_constraint = names(CONSTRAINTS).chain(names(more)).any(|name| name == entry.key);
            if entry.key == "range" {
                self.mistakes.add(entry.at, "a range is written as `min`, `max` and `money`");
            } else if matches!(entry.node.value, Value::Table(_)) && !is_constraint {
                let hint = format!(
                    "`{0}` is no constraint; a path with dots is quoted as a whole: `\"{path}.{0}\"`",
                    entry.key
                );
                self.mistakes.add(entry.at, hint);
            } else {
                known.push(entry);
            }
        }
        self.known(known, node.at, "constraint", &[CONSTRAINTS, more])
    }

    fn constraints(&mut self, fields: &Fields<'_>) -> Option<Vec<Constraint>> {
        let mut constraints = Vec::new();
        let mut complete = true;
        for entry in &fields.entries {
            match self.constraint(fields, entry) {
                Read::Constraint(constraint) => constraints.push(constraint),
                Read::Nothing => {}
                Read::Mistake => complete = false,
            }
        }
        complete.then_some(constraints)
    }

    fn constraint(&mut self, fields: &Fields<'_>, entry: &Entry) -> Read {
        let node = &entry.node;
        let constraint = match entry.key.as_str() {
            "one-of" => self.scalars(node).map(Constraint::OneOf),
            "none-of" => match self.scalars(node) {
                Some(scalars) if scalars.is_empty() => self.wrong(node, "`none-of` must not be empty"),
                scalars => scalars.map(Constraint::NoneOf),
            },
            // The three together are one range, which stands where the first of them does.
            "min" | "max" | "money" => {
                let first = fields.entries.iter().find(|entry| matches!(entry.key.as_str(), "min" | "max" | "money"));
                if first.is_none_or(|first| first.at != entry.at) {
                    return Read::Nothing;
                }
                self.range(fields, entry.at)
            }
            "glob" => self.written(node, "`glob`", Glob::new).map(Constraint::Glob),
            "regex" => self.written(node, "`regex`", Regex::new).map(Constraint::Regex),
            "length" => self.length(node).map(Constraint::Length),
            "path" => self.written(node, "`path`", PathRoot::new).map(Constraint::Path),
            "domain" => self
                .texts(node, "`domain`")
                .and_then(|names| self.set(node, &names, DomainSet::new))
                .map(Constraint::Domain),
            "email" => self.email(node).map(Constraint::Email),
            "url" => self.url(node).map(Constraint::Url),
            "net" => self.net(node).map(Constraint::Net),
            "type" => self.kind(node).map(Constraint::Type),
            _ => return Read::Nothing,
        };
        constraint.map_or(Read::Mistake, Read::Constraint)
    }

    /// A text and what it says.
    fn written<T>(&mut self, node: &Node, what: &str, read: impl FnOnce(&str) -> Result<T, Fault>) -> Option<T> {
        let text = self.text(node, what)?;
        self.checked(node.at, read(text))
    }

    fn range(&mut self, fields: &Fields<'_>, at: usize) -> Option<Constraint> {
        let min = self.optional(fields, "min", |c, node| c.decimal(node, "`min`"));
        let max = self.optional(fields, "max", |c, node| c.decimal(node, "`max`"));
        let money = self.optional(fields, "money", |c, node| match &node.value {
            Value::Bool(true) => Some(Money::new(None)),
            Value::Text(path) => c.checked(node.at, ParamPath::parse(path)).map(|path| Money::new(Some(path))),
            Value::Bool(false) => c.wrong(node, "leave `money` out of what is no amount of money"),
            _ => c.mistyped(node, "`money`", "`true` or the path of the currency"),
        });
        let (min, max, money) = (min?, max?, money?);
        let built = Range::new(min, max, money.clone());
        let range = self.built(at, built, |fault| {
            let cures = |range: Result<Range, Fault>| range.err().as_ref() != Some(fault);
            vec![
                (fields.place("min"), min.is_some() && cures(Range::new(None, max, money.clone()))),
                (fields.place("max"), max.is_some() && cures(Range::new(min, None, money.clone()))),
            ]
        });
        range.map(Constraint::Range)
    }

    fn length(&mut self, node: &Node) -> Option<Length> {
        let fields = self.table(node, &LENGTH)?;
        let min = self.optional(&fields, "min", |c, node| c.integer::<u32>(node, "`min`"));
        let max = self.optional(&fields, "max", |c, node| c.integer::<u32>(node, "`max`"));
        let (min, max) = (min?, max?);
        if min.is_none() && max.is_none() && fields.has_misspelt() {
            return None;
        }
        self.built(node.at, Length::new(min, max), |_| {
            let both = min.is_some() && max.is_some();
            vec![(fields.place("min"), both), (fields.place("max"), both)]
        })
    }

    fn email(&mut self, node: &Node) -> Option<EmailSet> {
        let fields = self.table(node, &EMAIL)?;
        let addresses = self.optional(&fields, "addresses", |c, node| c.texts(node, "`addresses`"));
        let domains = self.optional(&fields, "domains", |c, node| c.texts(node, "`domains`"));
        let (addresses, domains) = (addresses?.unwrap_or_default(), domains?.unwrap_or_default());
        if addresses.is_empty() && domains.is_empty() && fields.has_misspelt() {
            return None;
        }
        self.built(node.at, EmailSet::new(&addresses, &domains), |_| {
            let none: &[String] = &[];
            let mut places = Vec::new();
            let bad = |key, texts: &[String], build: &dyn Fn(&[String]) -> bool| {
                let node = fields.get(key).filter(|_| !texts.is_empty() && build(texts))?;
                Some((element_at(node, texts.len(), |length| build(texts.get(..length).unwrap_or_default())), true))
            };
            places.extend(bad("addresses", &addresses, &|texts| EmailSet::new(texts, none).is_err()));
            places.extend(bad("domains", &domains, &|texts| EmailSet::new(none, texts).is_err()));
            places
        })
    }

    fn url(&mut self, node: &Node) -> Option<UrlSet> {
        const HOST: &[&str] = &["host.example"];
        let fields = self.table(node, &URL)?;
        let schemes = self.optional(&fields, "schemes", |c, node| c.texts(node, "`schemes`"));
        let hosts = self.required(&fields, "hosts", "`url` needs `hosts`", |c, node| c.texts(node, "`hosts`"));
        let ports = self.optional(&fields, "ports", |c, node| match &node.value {
            Value::List(_) => c.some_list(node, "`ports`", |c, node| c.integer::<u16>(node, "a port")),
            _ => c.integer::<u16>(node, "a port").map(|port| vec![port]),
        });
        let path = self.optional(&fields, "path", |c, node| c.owned_text(node, "`path`"));
        let (schemes, hosts, ports, path) = (schemes?.unwrap_or_default(), hosts?, ports?.unwrap_or_default(), path?);
        let none: &[String] = &[];
        // Each part alone, beside parts that are good.
        let bad_schemes = |length| UrlSet::new(schemes.get(..length).unwrap_or_default(), HOST, &[], None).is_err();
        let bad_hosts = |length| UrlSet::new(none, hosts.get(..length).unwrap_or_default(), &[], None).is_err();
        let bad_ports = |length| UrlSet::new(none, HOST, ports.get(..length).unwrap_or_default(), None).is_err();
        let built = UrlSet::new(&schemes, &hosts, &ports, path.as_deref());
        self.built(node.at, built, |_| {
            let list = |key, length: usize, is_bad: &dyn Fn(usize) -> bool| {
                let node = fields.get(key).filter(|_| length > 0 && is_bad(length))?;
                Some((element_at(node, length, is_bad), true))
            };
            let mut places = Vec::new();
            places.extend(list("schemes", schemes.len(), &bad_schemes));
            places.extend(list("hosts", hosts.len(), &bad_hosts));
            places.extend(list("ports", ports.len(), &bad_ports));
            // In the order in which they are checked: only the first is the fault's.
            places.truncate(1);
            if places.is_empty() && path.is_some() {
                places.push((fields.place("path"), true));
            }
            places
        })
    }

    fn net(&mut self, node: &Node) -> Option<NetSet> {
        let network = |c: &mut Self, node: &Node| {
            let text = c.text(node, "a network")?;
            c.checked(node.at, Network::parse(text))
        };
        let networks = match &node.value {
            Value::List(_) => self.some_list(node, "`net`", network),
            _ => network(self, node).map(|network| vec![network]),
        };
        networks.and_then(|networks| self.set(node, &networks, |networks| NetSet::new(networks.to_vec())))
    }

    fn kind(&mut self, node: &Node) -> Option<Kind> {
        let text = self.text(node, "`type`")?;
        let kind = Kind::parse(text);
        if kind.is_none() {
            self.mistakes.unknown(node.at, "type", text, &Kind::ALL.map(Kind::name));
        }
        kind
    }

    fn scalars(&mut self, node: &Node) -> Option<ScalarSet> {
        let scalars = match &node.value {
            Value::List(_) => self.list(node, "values", Self::scalar),
            _ => self.scalar(node).map(|scalar| vec![scalar]),
        };
        scalars.and_then(|scalars| self.set(node, &scalars, |scalars| ScalarSet::new(scalars.to_vec())))
    }

    fn scalar(&mut self, node: &Node) -> Option<Scalar> {
        match &node.value {
            Value::Bool(value) => Some(Scalar::Bool(*value)),
            Value::Text(text) => Some(Scalar::Text(text.clone())),
            Value::Number(_) => self.decimal(node, "a value").map(Scalar::Number),
            _ => self.mistyped(node, "a value", "text, a number or a boolean"),
        }
    }
}
