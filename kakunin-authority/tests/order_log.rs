//! A log of orders as files: what is given is there, whoever else writes and wherever it stops; and what guards confirm.
#![expect(clippy::unwrap_used, reason = "a test may panic; clippy exempts only #[test] functions")]

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use kakunin_authority::orders::{
    Awaited, OrderFile, OrderLog, await_guards, confirm, confirmations, parse_file, withdraw, write_index,
};
use kakunin_core::bounds::{Bounds, JsonBounds};
use kakunin_core::crypto::{GenerateKind, Signer, SoftwareSigner, SystemRandom};
use kakunin_core::encoding::json::Json;
use kakunin_core::error::Denial;
use kakunin_core::issue::OrderProfile;
use kakunin_core::revocation::order::{Governs, Instruction, OrderAuthority, Orders, ReceiptClaims, Target};
use kakunin_core::time::UnixTime;

struct World {
    folder: tempfile::TempDir,
    signer: SoftwareSigner,
    authority: OrderAuthority,
    now: UnixTime,
}

const HOLDS: u32 = 30;

impl World {
    fn new() -> Self {
        let (signer, _) = SoftwareSigner::generate(GenerateKind::Ed25519, &SystemRandom::new()).unwrap();
        let authority = OrderAuthority::new(signer.public_key().clone(), "acme", Governs::Everything).unwrap();
        Self { folder: tempfile::tempdir().unwrap(), signer, authority, now: UnixTime::from_seconds(1_780_315_200) }
    }

    fn log(&self) -> Result<OrderLog, Denial> {
        OrderLog::open(self.folder.path(), &self.authority)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join("orders/acme").join(name)
    }

    fn halt(&self, log: &mut OrderLog) -> Result<u64, Denial> {
        let instruction = Instruction::Halt(Target::All);
        let profile = OrderProfile { issuer: "desk".to_owned(), instruction, reason: None };
        log.give(&profile, HOLDS, &self.signer, self.now).map(|given| given.order.seq())
    }

    fn names(&self) -> BTreeSet<String> {
        let names = fs::read_dir(self.file("")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.filter(|name| !name.starts_with('.')).collect()
    }

    /// What a guard that reads the folder knows.
    fn known(&self) -> Orders {
        let (mut orders, mut heads) = (Vec::new(), Vec::new());
        for name in self.names() {
            let bytes = fs::read(self.file(&name)).unwrap();
            match parse_file(&format!("orders/acme/{name}"), &bytes, &Bounds::default()).unwrap() {
                Some(OrderFile::Order(order)) => orders.push(order),
                Some(OrderFile::Head(head)) => heads.push(head),
                None => {}
            }
        }
        Orders::new(vec![self.authority.clone()]).unwrap().take(&orders, &heads, self.now, &Bounds::default()).0
    }
}

fn rule<T>(result: Result<T, Denial>) -> &'static str {
    result.err().map_or("", |denial| denial.details().rule)
}

#[test]
fn what_is_given_is_there_with_a_head_that_names_it() {
    let world = World::new();
    let mut log = world.log().unwrap();
    assert!(log.orders().is_empty() && log.head().is_none());
    assert_eq!((world.halt(&mut log), world.halt(&mut log)), (Ok(1), Ok(2)));
    let names = ["000000000001.jwt", "000000000002.jwt", "head.jwt"].map(str::to_owned);
    assert_eq!(world.names(), BTreeSet::from(names));
    let known = world.known();
    assert_eq!(known.check_fresh(world.now), Ok(()));
    assert_eq!(known.live().count(), 2);
    // Another reader of the folder finds the same.
    let again = world.log().unwrap();
    assert_eq!((again.orders(), again.head()), (log.orders(), log.head()));
    assert_eq!(log.head().unwrap().next_update(), world.now.plus_seconds(i64::from(HOLDS)));
}

#[test]
fn a_head_holds_as_long_as_the_one_before_or_as_it_is_told() {
    let world = World::new();
    let mut log = world.log().unwrap();
    let lasts = |log: &OrderLog| log.head().unwrap().next_update().seconds() - world.now.seconds();
    log.sign_head(None, 86_400, &world.signer, world.now).unwrap();
    assert_eq!(lasts(&log), 86_400);
    world.halt(&mut log).unwrap();
    assert_eq!(lasts(&log), 86_400);
    log.sign_head(Some(30), 86_400, &world.signer, world.now.plus_seconds(1)).unwrap();
    assert_eq!(lasts(&log), 31);
}

#[test]
fn writers_at_once_get_a_number_each_and_lose_nothing() {
    let world = World::new();
    let numbers: BTreeSet<u64> = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let mut log = world.log().unwrap();
                    (0..5).map(|_| world.halt(&mut log).unwrap()).collect::<Vec<_>>()
                })
            })
            .collect();
        writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect()
    });
    assert_eq!(numbers, (1..=20).collect());
    assert_eq!((world.known().check_fresh(world.now), world.known().live().count()), (Ok(()), 20));
}

#[test]
fn an_order_whose_head_was_not_written_counts_and_the_next_goes_on_from_it() {
    let world = World::new();
    let mut log = world.log().unwrap();
    world.halt(&mut log).unwrap();
    let before = fs::read(world.file("head.jwt")).unwrap();
    world.halt(&mut log).unwrap();
    fs::write(world.file("head.jwt"), before).unwrap();
    let known = world.known();
    assert_eq!((known.check_fresh(world.now), known.live().count()), (Ok(()), 2));
    let mut log = world.log().unwrap();
    assert_eq!(world.halt(&mut log), Ok(3));
    assert_eq!(world.known().live().count(), 3);
}

#[test]
fn a_log_that_was_put_back_or_lost_an_order_is_not_written() {
    let world = World::new();
    let mut log = world.log().unwrap();
    (0..4).for_each(|_| drop(world.halt(&mut log)));
    fs::rename(world.file("000000000003.jwt"), world.folder.path().join("3")).unwrap();
    assert_eq!(rule(world.log()), "order-gap");
    fs::remove_file(world.file("000000000004.jwt")).unwrap();
    assert_eq!(rule(world.log()), "order-gap", "the head still names the fourth");
    fs::rename(world.folder.path().join("3"), world.file("000000000004.jwt")).unwrap();
    assert_eq!(rule(world.log()), "order-gap");
    // An order of another's making.
    let (world, other) = (World::new(), World::new());
    world.halt(&mut world.log().unwrap()).unwrap();
    let mut foreign = other.log().unwrap();
    other.halt(&mut foreign).unwrap();
    fs::copy(other.file("000000000001.jwt"), world.file("000000000001.jwt")).unwrap();
    assert_eq!(rule(world.log()), "order-kid");
    fs::write(world.file("000000000001.jwt"), "no order").unwrap();
    assert_eq!(rule(world.log()), "jws-parts");
}

#[test]
fn a_clock_behind_the_log_signs_nothing_and_a_small_step_back_is_made_up_for() {
    let mut world = World::new();
    let mut log = world.log().unwrap();
    world.halt(&mut log).unwrap();
    world.now = world.now.plus_seconds(-20);
    world.halt(&mut log).unwrap();
    let times: Vec<_> = log.orders().iter().map(|order| order.issued_at().seconds()).collect();
    assert_eq!(times, [1_780_315_200; 2]);
    world.now = world.now.plus_seconds(-20);
    assert_eq!(rule(world.halt(&mut log)), "clock-behind");
    assert_eq!(world.names().len(), 3);
}

#[test]
fn the_index_names_lists_orders_and_heads_and_nothing_else() {
    let world = World::new();
    for name in ["tenant.crl", "tenant.ocsp", "notes.txt", ".hidden.crl"] {
        fs::write(world.folder.path().join(name), "x").unwrap();
    }
    let mut log = world.log().unwrap();
    world.halt(&mut log).unwrap();
    log.write_receipt(&claims(&world, Some([1; 32])), &world.signer).unwrap();
    write_index(world.folder.path()).unwrap();
    let index = fs::read(world.folder.path().join("index.json")).unwrap();
    let index = Json::parse(&index, &JsonBounds::DOCUMENT).unwrap();
    let names: Vec<_> = index.as_object().unwrap().get("files").unwrap().as_array().unwrap().iter().collect();
    let expected = ["orders/acme/000000000001.jwt", "orders/acme/head.jwt", "tenant.crl", "tenant.ocsp"];
    assert_eq!(names, expected.map(Json::from).iter().collect::<Vec<_>>());
}

fn claims(world: &World, order: Option<[u8; 32]>) -> ReceiptClaims {
    ReceiptClaims {
        issuer: "desk".into(),
        log: "acme".into(),
        seq: 1,
        order,
        kind: "halt".into(),
        target: Some(Target::All),
        reason: Some("it sends money to a stranger".into()),
        published_at: world.now,
        ended_at: world.now,
        limit: 10_000,
        guards: vec![kakunin_core::revocation::order::Confirmation { guard: "urn:a 1".into(), at: Some(world.now) }],
        silent: vec!["urn:b 1".into()],
    }
}

#[test]
fn a_receipt_is_signed_and_read_back() {
    let world = World::new();
    let mut log = world.log().unwrap();
    world.halt(&mut log).unwrap();
    assert_eq!(log.receipt(1), Ok(None));
    let said = claims(&world, Some([1; 32]));
    let receipt = log.write_receipt(&said, &world.signer).unwrap();
    assert_eq!((receipt.verified.claims(), receipt.file), (&said, world.file("000000000001.receipt.jwt")));
    assert_eq!(log.receipt(1).unwrap().unwrap().claims(), &said);
    let stranger = World::new();
    assert_eq!(rule(log.write_receipt(&said, &stranger.signer)), "issuer-key");
    let drill = log.write_receipt(&claims(&world, None), &world.signer).unwrap();
    assert_eq!(drill.file, world.file("drill.receipt.jwt"));
    fs::write(world.file("000000000001.receipt.jwt"), "x").unwrap();
    assert_eq!(rule(log.receipt(1)), "jws-parts");
}

#[test]
fn guards_say_what_they_know_where_they_are_asked_to() {
    let world = World::new();
    let mut log = world.log().unwrap();
    world.halt(&mut log).unwrap();
    let known = world.known();
    let say = |guard: &str, at: UnixTime| {
        confirm(world.folder.path(), guard, "1", &known, at, at.plus_seconds(60)).unwrap();
    };
    say("urn:a", world.now);
    assert_eq!(confirmations(world.folder.path()), Ok(Vec::new()), "nobody asked");
    let guards = world.folder.path().join("guards");
    fs::create_dir(&guards).unwrap();
    say("../../urn:a", world.now);
    say("urn:b", world.now);
    say("urn:b", world.now.plus_seconds(1));
    say("urn:c", world.now);
    withdraw(world.folder.path(), "urn:c", "1");
    withdraw(world.folder.path(), "urn:b", "2");
    for (name, text) in [
        ("x.json", "no JSON"),
        ("y.json", r#"{"guard":"\u001b[2J","instance":"1","at":1,"nextUpdate":2,"logs":[]}"#),
        ("z.json", r#"{"guard":"a","instance":"1","at":-1,"nextUpdate":2,"logs":[]}"#),
        ("w.json", r#"{"guard":"a","instance":"1","at":1,"logs":[]}"#),
        ("large.json", &"x".repeat(20_000)),
        ("other.txt", "x"),
    ] {
        fs::write(guards.join(name), text).unwrap();
    }
    let mut said = confirmations(world.folder.path()).unwrap();
    said.sort_by(|a, b| a.guard.cmp(&b.guard));
    assert_eq!(said.iter().map(|known| known.guard.as_str()).collect::<Vec<_>>(), ["../../urn:a 1", "urn:b 1"]);
    assert_eq!(said[1].at, world.now.plus_seconds(1));
    let order = &log.orders()[0];
    assert_eq!((said[1].logs[0].seq, said[1].logs[0].last.as_ref()), (1, Some(order.name())));
}

#[test]
fn guards_that_confirm_are_told_from_those_that_do_not() {
    let mut world = World::new();
    world.now =
        UnixTime::from_millis(i64::try_from(std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis()).unwrap());
    fs::create_dir(world.folder.path().join("guards")).unwrap();
    let mut log = world.log().unwrap();
    world.halt(&mut log).unwrap();
    let before = world.known();
    world.halt(&mut log).unwrap();
    let say = |guard: &str, orders: &Orders, seconds: i64| {
        let at = world.now.plus_seconds(seconds);
        confirm(world.folder.path(), guard, "1", orders, at, at.plus_seconds(60)).unwrap();
    };
    say("late", &before, 0);
    say("gone", &before, -70);
    say("quick", &world.known(), 0);
    let order = &log.orders()[1];
    let awaited = Awaited::Order { seq: 2, name: *order.name() };
    let waited = |limit: u64| await_guards(world.folder.path(), "acme", awaited, Duration::from_millis(limit)).unwrap();
    let (guards, silent) = waited(0);
    let said: Vec<_> = guards.iter().map(|guard| (guard.guard.as_ref(), guard.at.is_some())).collect();
    assert_eq!((said, silent), (vec![("late 1", false), ("quick 1", true)], vec!["gone 1".into()]));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(100));
            say("late", &world.known(), 0);
        });
        let (guards, _) = waited(20_000);
        assert!(guards.iter().all(|guard| guard.at.is_some()));
    });
    // In a drill: a head of this second or later.
    let head = log.head().unwrap();
    let drill = |seconds: i64| {
        let awaited = Awaited::Head { seq: 2, issued_at: head.issued_at().plus_seconds(seconds) };
        let (guards, _) = await_guards(world.folder.path(), "acme", awaited, Duration::ZERO).unwrap();
        guards.iter().filter(|guard| guard.at.is_some()).count()
    };
    assert_eq!((drill(0), drill(1)), (2, 0));
    // Another log's word is not this one's.
    let other = await_guards(world.folder.path(), "other", awaited, Duration::ZERO).unwrap().0;
    assert!(other.iter().all(|guard| guard.at.is_none()));
}
