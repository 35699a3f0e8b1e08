//! Prints figures beside their goals.
//!
//! ```text
//! kakunin-benches                 times of the core, `name<TAB>value<TAB>unit<TAB>goal<TAB>ok|over`
//! kakunin-benches judge           the same of `name<TAB>value` lines on standard input
//! kakunin-benches count NAME N    does the work of a figure N times, for a counter of instructions around it
//! kakunin-benches counts          the names that `count` takes, each with the work whose instructions are not counted
//! ```
#![expect(clippy::print_stdout, clippy::expect_used, reason = "a program that reports figures to people")]

use std::io::{BufRead, stdin};

use kakunin_benches::clock::{median, seconds};
use kakunin_benches::figure::find;
use kakunin_benches::hostile::{Dear, Hostile};
use kakunin_benches::list::RevokedList;
use kakunin_benches::narrow::Narrow;
use kakunin_benches::pool::Pool;
use kakunin_benches::scope::{Decision, Encoded, Pair};
use kakunin_benches::work::{Intent, Keys, Work};

/// Rounds of each figure. 31: the median moves by less than two in a hundred between runs on a busy machine.
const ROUNDS: usize = 31;

/// Calls in a round of a figure that takes about a microsecond. 4,000: the clock's own cost is not seen.
const CALLS: usize = 4_000;

/// Signed calls in a round: each is 40 to 130 µs.
const SIGNED: usize = 60;

/// Signed calls that are measured at a stretch before their raw verifications: short beside a time slice.
const STRETCH: usize = 10;

/// How many grants, parameters, members or elements there are as a decision grows. 256: more parameters and elements than any
/// tool has, and 48 KiB of a scope hold them.
const SIZES: [usize; 5] = [1, 4, 16, 64, 256];

/// What `count` can do: a figure, and the raw work that is to be taken off.
const COUNTS: [(&str, &str); 5] = [
    ("certificate-parse", "nothing"),
    ("cold-call-ratio", "raw-cold"),
    ("cached-call-ratio", "raw-cached"),
    ("decision-one-scope", "nothing"),
    ("decision-three-scopes", "nothing"),
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        [] => times(),
        ["judge"] => judge(),
        ["counts"] => COUNTS.iter().for_each(|(name, without)| println!("{name} {without}")),
        ["count", name, times] => count(name, times.parse().expect("a number of times")),
        _ => std::process::exit(2),
    }
}

fn print(name: &str, value: f64) {
    println!("{}", find(name).expect("a figure of the list").line(value));
}

/// Reads `name<TAB>value` lines.
fn judge() {
    for line in stdin().lock().lines() {
        let line = line.expect("a line of text");
        let (name, value) = line.split_once('\t').expect("a name, a tab, a value");
        print(name, value.parse().expect("a number"));
    }
}

fn times() {
    let work = Work::new();
    print("certificate-parse", microseconds(|| work.certificate_parse()));
    let raw = microseconds(|| work.raw_certificate_checks());
    print("certificate-checks", microseconds(|| work.certificate_checks()) - raw);
    print("cold-call-ratio", cold(&work));
    print("cold-call-ratio-p256", cold(&Work::with(Keys::P256)));
    print("cold-call-ratio-rsa2048", cold(&Work::with(Keys::Rsa2048)));
    print("cached-call-ratio", ratio(&work, 1, |intent| work.cached_call(intent), |intent| work.raw_cached(intent)));
    print("decision-one-scope", microseconds(|| work.decision_one_scope()));
    print("decision-three-scopes", microseconds(|| work.decision_three_scopes()));
    scopes();
    let list = RevokedList::new(10_000);
    print("crl-verify-10000", beyond(|| list.der(), |der| list.verify(der), || list.raw()));
    print("crl-look-up", look_up(&list));
    let narrow = Narrow::new();
    print("narrow-ratio", in_turns(|| narrow.narrow(), || narrow.raw()));
    print(
        "pathological-pool",
        Pool::all().iter().map(|pool| milliseconds(|| _ = std::hint::black_box(pool.search()))).fold(0.0, f64::max),
    );
}

fn scopes() {
    let decision = Decision::eight_parameters_three_scopes();
    print("decision-eight-parameters-three-scopes", microseconds(|| decision.run()));
    let decision = Decision::grants(1_000);
    print("decision-1000-grants", microseconds(|| decision.run()));
    growth("decision-growth-grants", Decision::grants);
    growth("decision-growth-parameters", Decision::parameters);
    growth("decision-growth-list", Decision::list);
    growth("decision-growth-elements", Decision::elements);
    let typical = Encoded::typical();
    print("scope-decode", microseconds(|| typical.decode()));
    let large = Encoded::thousand_grants();
    print("scope-decode-1000-grants", milliseconds(|| large.decode()) * 1e3);
    let pair = Pair::typical();
    print("containment", microseconds(|| assert!(pair.is_contained())));
    let pair = Pair::grants(100);
    print("containment-100-grants", milliseconds(|| assert!(pair.is_contained())) * 1e3);
    let pair = Pair::hostile();
    print("containment-hostile", milliseconds(|| assert!(!pair.is_contained())));
    let hostile = Hostile::all();
    let refused = hostile.iter().map(|each| milliseconds(|| assert!(each.is_refused(), "{}", each.name)));
    let slowest = refused.fold(0.0, f64::max);
    let overlapping = Dear::overlapping();
    print("hostile-scopes", slowest.max(milliseconds(|| assert!(overlapping.is_refused()))));
    let globs = Dear::globs();
    print("dearest-decision", milliseconds(|| assert!(globs.is_refused())));
}

/// Prints how a decision grows, as a table in comments, and the growth from the second size to the last, divided by that of
/// the sizes: 1 is linear.
fn growth(name: &str, make: fn(usize) -> Decision) {
    let times: Vec<(usize, f64)> = SIZES
        .iter()
        .map(|size| {
            let decision = make(*size);
            (*size, microseconds(|| decision.run()))
        })
        .collect();
    let row = times.iter().map(|(size, time)| format!("{size}: {time:.2} µs"));
    println!("# {name}\t{}", row.collect::<Vec<_>>().join("\t"));
    if let [_, (few, short), .., (many, long)] = times.as_slice() {
        print(name, long / short / (*many as f64 / *few as f64));
    }
}

/// What one call takes that is slow: the median of a few.
fn milliseconds(run: impl Fn()) -> f64 {
    median((0..STRETCH).map(|_| seconds(&run) * 1e3).collect())
}

/// How many times as long as `raw` `whole` takes: both in turns, the median of the rounds.
fn in_turns(whole: impl Fn(), raw: impl Fn()) -> f64 {
    let stretch = |run: &dyn Fn()| seconds(|| (0..STRETCH).for_each(|_| run()));
    let round = || {
        let turns = SIGNED / STRETCH;
        let (whole, raw) = (0..turns).fold((0.0, 0.0), |(one, two), _| (one + stretch(&whole), two + stretch(&raw)));
        whole / raw
    };
    round();
    median((0..ROUNDS).map(|_| round()).collect())
}

/// How much longer `whole` takes than `raw`, in microseconds: both in turns, the median of the rounds. What `prepare` takes
/// does not count.
fn beyond<T>(prepare: impl Fn() -> T, whole: impl Fn(T), raw: impl Fn()) -> f64 {
    let turn = || {
        let prepared = prepare();
        seconds(|| whole(prepared)) - seconds(&raw)
    };
    let round = || (0..STRETCH).map(|_| turn()).sum::<f64>() * 1e6 / STRETCH as f64;
    round();
    median((0..ROUNDS).map(|_| round()).collect())
}

/// What one look-up takes, in microseconds: the median of the rounds.
fn look_up(list: &RevokedList) -> f64 {
    let round = || seconds(|| (0..STRETCH).for_each(|_| list.look_up()));
    round();
    median((0..ROUNDS).map(|_| round() * 1e6 / (STRETCH * list.asked()) as f64).collect())
}

/// What one call of `run` takes: the median of the rounds.
fn microseconds(run: impl Fn()) -> f64 {
    let round = || (0..CALLS).for_each(|_| run());
    round();
    median((0..ROUNDS).map(|_| seconds(round) * 1e6 / CALLS as f64).collect())
}

fn cold(work: &Work) -> f64 {
    ratio(work, 0, |intent| work.cold_call(intent), |intent| work.raw_cold(intent))
}

/// How many times as long as `raw` `whole` takes: both in turns on the same intents, the median of the rounds.
fn ratio(work: &Work, half: usize, whole: impl Fn(&Intent), raw: impl Fn(&Intent)) -> f64 {
    let round = |number: usize| {
        let intents = work.intents((2 * number + half) * SIGNED, SIGNED);
        let (mut whole_seconds, mut raw_seconds) = (0.0, 0.0);
        for stretch in intents.chunks(STRETCH) {
            whole_seconds += seconds(|| stretch.iter().for_each(&whole));
            raw_seconds += seconds(|| stretch.iter().for_each(&raw));
        }
        whole_seconds / raw_seconds
    };
    round(0);
    median((1..=ROUNDS).map(round).collect())
}

/// The set-up is the same whatever `times` is, up to 1,000.
fn count(name: &str, times: usize) {
    let work = Work::new();
    let intents = work.intents(0, 1_000);
    let signed = |run: &dyn Fn(&Intent)| intents.iter().take(times).for_each(run);
    let repeated = |run: &dyn Fn()| (0..times).for_each(|_| run());
    match name {
        "nothing" => {}
        "certificate-parse" => repeated(&|| work.certificate_parse()),
        "decision-one-scope" => repeated(&|| work.decision_one_scope()),
        "decision-three-scopes" => repeated(&|| work.decision_three_scopes()),
        "cold-call-ratio" => signed(&|intent| work.cold_call(intent)),
        "cached-call-ratio" => signed(&|intent| work.cached_call(intent)),
        "raw-cold" => signed(&|intent| work.raw_cold(intent)),
        "raw-cached" => signed(&|intent| work.raw_cached(intent)),
        _ => std::process::exit(2),
    }
}
