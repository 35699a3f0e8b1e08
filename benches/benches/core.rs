//! The same work as the figures, for people who change it: `cargo bench -p kakunin-benches`.

use std::cell::Cell;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use kakunin_benches::work::Work;

fn core(criterion: &mut Criterion) {
    let work = Work::new();
    criterion.bench_function("certificate-parse", |bencher| bencher.iter(|| work.certificate_parse()));
    criterion.bench_function("decision-one-scope", |bencher| bencher.iter(|| work.decision_one_scope()));
    criterion.bench_function("decision-three-scopes", |bencher| bencher.iter(|| work.decision_three_scopes()));
    // Each signed call needs an intent of its own: a nonce is used once.
    let number = Cell::new(0);
    let next = || work.intents(number.replace(number.get() + 1), 1).into_iter().next();
    criterion.bench_function("cold-call", |bencher| {
        bencher.iter_batched(
            next,
            |intent| intent.iter().for_each(|intent| work.cold_call(intent)),
            BatchSize::SmallInput,
        );
    });
    criterion.bench_function("cached-call", |bencher| {
        bencher.iter_batched(
            next,
            |intent| intent.iter().for_each(|intent| work.cached_call(intent)),
            BatchSize::SmallInput,
        );
    });
    let intents = work.intents(0, 1);
    criterion.bench_function("raw-verification", |bencher| {
        bencher.iter(|| intents.iter().for_each(|intent| work.raw_cached(intent)));
    });
}

criterion_group!(benches, core);
criterion_main!(benches);
