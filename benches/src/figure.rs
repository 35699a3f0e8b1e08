//! The figures, their units and goals: one list, for what every program here prints.

/// A figure, as it is named in every run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figure {
    /// Its name.
    pub name: &'static str,
    /// The unit of value and goal.
    pub unit: &'static str,
    /// The most that it should be.
    pub goal: f64,
}

const fn figure(name: &'static str, unit: &'static str, goal: f64) -> Figure {
    Figure { name, unit, goal }
}

/// Every figure, in the order in which a run prints them.
pub const FIGURES: [Figure; 40] = [
    figure("certificate-parse", "µs", 1.0),
    figure("certificate-checks", "µs", 0.5),
    figure("cold-call-ratio", "×", 1.08),
    figure("cold-call-ratio-p256", "×", 1.06),
    figure("cold-call-ratio-rsa2048", "×", 1.15),
    figure("cached-call-ratio", "×", 1.10),
    figure("decision-one-scope", "µs", 1.5),
    figure("decision-three-scopes", "µs", 3.0),
    figure("decision-eight-parameters-three-scopes", "µs", 3.0),
    figure("decision-1000-grants", "µs", 3.0),
    figure("decision-growth-grants", "×", 1.0),
    figure("decision-growth-parameters", "×", 1.0),
    figure("decision-growth-list", "×", 1.0),
    figure("decision-growth-elements", "×", 1.0),
    figure("scope-decode", "µs", 5.0),
    figure("scope-decode-1000-grants", "µs", 1_000.0),
    figure("containment", "µs", 10.0),
    figure("containment-100-grants", "µs", 1_000.0),
    figure("containment-hostile", "ms", 10.0),
    figure("hostile-scopes", "ms", 10.0),
    figure("dearest-decision", "ms", 100.0),
    figure("crl-verify-10000", "µs", 150.0),
    figure("crl-look-up", "µs", 0.1),
    figure("pathological-pool", "ms", 10.0),
    figure("narrow-ratio", "×", 1.3),
    figure("python-guarded-call", "µs", 3.0),
    figure("python-guarded-call-three-scopes", "µs", 5.0),
    figure("python-guarded-call-batched-record", "µs", 6.0),
    figure("node-guarded-call", "µs", 3.5),
    figure("node-guarded-call-three-scopes", "µs", 5.5),
    figure("node-guarded-call-batched-record", "µs", 6.5),
    figure("cached-agent-memory", "B", 8.0 * 1024.0),
    figure("remembered-nonce-memory", "B", 96.0),
    figure("revocation-snapshot-100000-memory", "B", 4.0 * 1024.0 * 1024.0),
    figure("hostile-scopes-memory", "B", 8.0 * 1024.0 * 1024.0),
    figure("certificate-parse-instructions", "instructions", 5_500.0),
    figure("cold-call-ratio-instructions", "instructions", 139_000.0),
    figure("cached-call-ratio-instructions", "instructions", 26_500.0),
    figure("decision-one-scope-instructions", "instructions", 8_900.0),
    figure("decision-three-scopes-instructions", "instructions", 21_000.0),
];

/// The figure of this name.
pub fn find(name: &str) -> Option<&'static Figure> {
    FIGURES.iter().find(|figure| figure.name == name)
}

impl Figure {
    /// `name<TAB>value<TAB>unit<TAB>goal<TAB>ok|over`.
    pub fn line(&self, value: f64) -> String {
        let Self { name, unit, goal } = self;
        let verdict = if value <= *goal { "ok" } else { "over" };
        let value = if *unit == "B" || *unit == "instructions" { format!("{value:.0}") } else { format!("{value:.3}") };
        format!("{name}\t{value}\t{unit}\t{goal}\t{verdict}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_whether_the_goal_is_met() {
        let figure = figure("decision-one-scope", "µs", 1.5);
        assert_eq!(figure.line(1.5), "decision-one-scope\t1.500\tµs\t1.5\tok");
        assert_eq!(figure.line(1.5001), "decision-one-scope\t1.500\tµs\t1.5\tover");
        assert_eq!(figure.line(f64::NAN), "decision-one-scope\tNaN\tµs\t1.5\tover");
    }

    #[test]
    fn names_are_unique() {
        for figure in FIGURES {
            assert_eq!(find(figure.name), Some(&figure));
        }
    }
}
