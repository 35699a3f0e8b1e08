use super::super::sample::{self, Sample};
use super::*;
use crate::encoding::der::{Writer, tag};
use crate::encoding::oid;

const NOW: UnixTime = UnixTime::from_seconds(sample::THIS_UPDATE + 10);

fn numbered(number: i128, revoked: &[&[u8]]) -> Sample {
    let mut list = Sample::new();
    list.number = Some(number);
    list.revoked = revoked.iter().map(|serial| sample::entry(serial)).collect();
    list
}

fn ask(snapshot: &RevocationSnapshot, issuer: &CrlIssuer, serial: &[u8], now: UnixTime) -> Status {
    snapshot.status(&Inquiry::new(serial, false, None), std::slice::from_ref(issuer), now)
}

fn parse(der: &[u8]) -> Crl {
    Crl::parse(der, &crate::bounds::Bounds::default()).unwrap()
}

#[test]
fn lists_wait_for_their_issuer() {
    let (list, issuer) = numbered(1, &[&[5]]).signed();
    let waiting = RevocationSnapshot::new(vec![parse(&list)]);
    assert!(!waiting.knows(std::slice::from_ref(&issuer)));
    let known = waiting.with_issuers(std::slice::from_ref(&issuer));
    assert!(known.knows(std::slice::from_ref(&issuer)));
    let at = UnixTime::from_seconds(sample::REVOKED);
    for snapshot in [&waiting, &known] {
        assert_eq!(ask(snapshot, &issuer, &[5], NOW), Status::Revoked { at, reason: None });
        assert_eq!(ask(snapshot, &issuer, &[6], NOW), Status::Good);
        assert_eq!(snapshot.number(), 1);
    }
    assert_eq!(known.next_update(), Some(UnixTime::from_seconds(sample::NEXT_UPDATE)));
}

#[test]
fn serials_are_compared_whole() {
    let (list, issuer) = numbered(1, &[&[0x12, 0x34], &[0x12, 0x34, 0x56], &[0x7f]]).signed();
    let known = RevocationSnapshot::new(vec![parse(&list)]).with_issuers(std::slice::from_ref(&issuer));
    let status = |serial: &[u8]| ask(&known, &issuer, serial, NOW);
    for serial in [&[0x12, 0x34][..], &[0x12, 0x34, 0x56], &[0x7f]] {
        assert!(matches!(status(serial), Status::Revoked { .. }), "{serial:02x?}");
    }
    for serial in [&[0x12][..], &[0x12, 0x34, 0x56, 0x78], &[0x34, 0x56], &[0x7e], &[1; 21]] {
        assert_eq!(status(serial), Status::Good, "{serial:02x?}");
    }
    // No serial number: nothing is known of it.
    for serial in [&[][..], &[0x80], &[0xff, 0x12, 0x34]] {
        assert_eq!(status(serial), Status::Unknown("serial"), "{serial:02x?}");
    }
}

#[test]
fn another_key_or_name_says_nothing() {
    let (list, issuer) = numbered(1, &[&[5]]).signed();
    let (_, namesake) = Sample::new().signed();
    let known = RevocationSnapshot::new(vec![parse(&list)]).with_issuers(&[issuer.clone(), namesake.clone()]);
    assert_eq!(ask(&known, &namesake, &[5], NOW), Status::Unknown("crl-missing"));
    assert!(matches!(ask(&known, &issuer, &[5], NOW), Status::Revoked { .. }));
    let renamed = CrlIssuer { subject: sample::name("other").into(), ..issuer };
    assert_eq!(ask(&known, &renamed, &[5], NOW), Status::Unknown("crl-missing"));
}

#[test]
fn a_certificate_that_may_not_sign_lists_does_not_keep_another_of_its_key_from_it() {
    let (list, issuer) = numbered(1, &[&[5]]).signed();
    let barred = CrlIssuer { may_sign_crl: false, ..issuer.clone() };
    for issuers in [[barred.clone(), issuer.clone()], [issuer.clone(), barred.clone()]] {
        let known = RevocationSnapshot::new(vec![parse(&list)]).with_issuers(&issuers[..1]).with_issuers(&issuers);
        assert!(matches!(ask(&known, &issuer, &[5], NOW), Status::Revoked { .. }));
        assert_eq!(ask(&known, &barred, &[5], NOW), Status::Unknown("crl-missing"));
    }
}

#[test]
fn a_stale_or_future_list_still_revokes_and_clears_nobody() {
    let (list, issuer) = numbered(1, &[&[5]]).signed();
    let known = RevocationSnapshot::new(vec![parse(&list)]).with_issuers(std::slice::from_ref(&issuer));
    for (now, rule) in [
        (sample::THIS_UPDATE - 1, Some("crl-this-update")),
        (sample::THIS_UPDATE, None),
        (sample::NEXT_UPDATE - 1, None),
        (sample::NEXT_UPDATE, Some("crl-next-update")),
    ] {
        let now = UnixTime::from_seconds(now);
        assert!(matches!(ask(&known, &issuer, &[5], now), Status::Revoked { .. }));
        assert_eq!(ask(&known, &issuer, &[6], now), rule.map_or(Status::Good, Status::Unknown));
    }
}

#[test]
fn an_older_list_never_replaces_a_newer_one() {
    let (new, signer) = (numbered(300, &[&[5]]), sample::signer());
    let (old, older) = (numbered(299, &[]), numbered(2, &[]));
    let issuer = new.issuer(&signer);
    let [new, old, older] = [new, old, older].map(|list| parse(&list.sign(&signer)));
    for lists in [[&new, &old, &older], [&older, &old, &new], [&old, &new, &older]] {
        let mut known = RevocationSnapshot::default().with_issuers(std::slice::from_ref(&issuer));
        for list in lists {
            known = known.with_lists(vec![list.clone()]);
        }
        assert!(matches!(ask(&known, &issuer, &[5], NOW), Status::Revoked { .. }));
        assert_eq!(known.number(), 300);
    }
    let newest = parse(&numbered(301, &[]).sign(&signer));
    let known = RevocationSnapshot::new(vec![new, newest]).with_issuers(std::slice::from_ref(&issuer));
    assert_eq!(ask(&known, &issuer, &[5], NOW), Status::Good);
}

#[test]
fn of_two_lists_with_one_number_the_later_counts() {
    let signer = sample::signer();
    let (first, mut second) = (numbered(7, &[]), numbered(7, &[&[5]]));
    second.this_update += 1;
    let issuer = first.issuer(&signer);
    let [first, second] = [first, second].map(|list| parse(&list.sign(&signer)));
    for lists in [vec![first.clone(), second.clone()], vec![second, first]] {
        let known = RevocationSnapshot::new(lists).with_issuers(std::slice::from_ref(&issuer));
        assert!(matches!(ask(&known, &issuer, &[5], NOW), Status::Revoked { .. }));
    }
}

#[test]
fn a_list_older_than_what_was_seen_before_a_restart_revokes_and_clears_nobody() {
    let signer = sample::signer();
    let issuer = numbered(7, &[]).issuer(&signer);
    let mut later = numbered(7, &[]);
    later.this_update += 1;
    let list = |sample: &Sample| parse(&sample.sign(&signer));
    let issuers = std::slice::from_ref(&issuer);
    let before = RevocationSnapshot::new(vec![list(&later)]).with_issuers(issuers);
    let [seen] = before.seen_lists().try_into().unwrap();
    assert_eq!((seen.key, seen.number[19]), (*issuer.public_key.spki_hash(), 7));
    let restarted = RevocationSnapshot::resume(before.seen_lists());
    assert_eq!(ask(&restarted, &issuer, &[6], NOW), Status::Unknown("crl-missing"));
    let back = Status::Unknown("crl-number-back");
    let stale = UnixTime::from_seconds(sample::NEXT_UPDATE);
    for (sample, status) in
        [(numbered(6, &[&[5]]), back), (numbered(7, &[&[5]]), back), (numbered(8, &[&[5]]), Status::Good)]
    {
        let waiting = restarted.with_lists(vec![list(&sample)]);
        for snapshot in [&waiting, &waiting.with_issuers(issuers)] {
            assert_eq!(ask(snapshot, &issuer, &[6], NOW), status);
            assert!(matches!(ask(snapshot, &issuer, &[5], NOW), Status::Revoked { .. }));
        }
        let known = waiting.with_issuers(issuers);
        assert_eq!(known.seen_lists().as_slice() == [seen.clone()], status == back, "never by less");
        if status == back {
            assert_eq!(ask(&known, &issuer, &[6], stale), back);
            // What was seen comes again, or what follows it.
            for next in [&later, &numbered(8, &[])] {
                assert_eq!(ask(&known.with_lists(vec![list(next)]), &issuer, &[6], NOW), Status::Good);
            }
        }
    }
}

#[test]
fn what_was_seen_speaks_of_its_key_issuer_and_scope_alone() {
    let signer = sample::signer();
    let seen_of = |sample: &Sample, signer: &crate::crypto::SoftwareSigner| {
        let issuer = sample.issuer(signer);
        let snapshot = RevocationSnapshot::new(vec![parse(&sample.sign(signer))]).with_issuers(&[issuer]);
        snapshot.seen_lists().remove(0)
    };
    let mut namesake = numbered(9, &[]);
    namesake.issuer = sample::name("other");
    let mut samples = vec![numbered(9, &[]), namesake];
    let uris = [uri("http://a/1"), uri("http://a/2")];
    let points = uris.iter().map(|uri| vec![field(0xa0, uri)]);
    let flags = [0x81, 0x82, 0x85].map(|flag| vec![field(flag, &[0xff])]);
    let reasons = [&[5, 0x60][..], &[7, 0x1f, 0x80]].map(|bits| vec![field(0x83, bits)]);
    for fields in points.chain(flags).chain(reasons) {
        let mut list = part(&fields, &[]);
        list.number = Some(9);
        samples.push(list);
    }
    let seen: Vec<_> = samples.iter().map(|sample| seen_of(sample, &signer)).collect();
    let whole = numbered(3, &[]);
    let issuer = whole.issuer(&signer);
    for (index, seen) in seen.iter().enumerate() {
        let restarted = RevocationSnapshot::resume(vec![seen.clone()]).with_lists(vec![parse(&whole.sign(&signer))]);
        let expected = if index == 0 { Status::Unknown("crl-number-back") } else { Status::Good };
        assert_eq!(ask(&restarted, &issuer, &[6], NOW), expected, "{index}");
    }
    let all = RevocationSnapshot::resume(seen.clone());
    assert_eq!(all.seen_lists().len(), samples.len(), "each is a series of its own");
    // A CA that was made anew counts from one.
    let anew = sample::signer();
    let known = all.with_lists(vec![parse(&numbered(1, &[]).sign(&anew))]);
    assert_eq!(ask(&known, &numbered(1, &[]).issuer(&anew), &[6], NOW), Status::Good);
}

/// `[tag] content`, as in an issuingDistributionPoint or a distribution point.
fn field(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.primitive(tag, content);
    writer.into_bytes()
}

fn uri(text: &str) -> Vec<u8> {
    field(0xa0, &field(0x86, text.as_bytes()))
}

/// A cRLDistributionPoints of these points' contents.
fn points(points: &[Vec<u8>]) -> Vec<u8> {
    field(0x30, &points.iter().flat_map(|point| field(0x30, point)).collect::<Vec<_>>())
}

/// A list whose issuingDistributionPoint holds `fields`, numbered one.
fn part(fields: &[Vec<u8>], revoked: &[&[u8]]) -> Sample {
    let mut list = numbered(1, revoked);
    let value = field(0x30, &fields.concat());
    list.extensions.push(sample::extension(oid::ISSUING_DISTRIBUTION_POINT, Some(true), &value));
    list
}

/// What these lists of one CA say of the certificate with serial 5.
fn judge(lists: &[Sample], authority: bool, points: Option<&[u8]>) -> Status {
    let signer = sample::signer();
    let issuer = lists[0].issuer(&signer);
    let lists = lists.iter().map(|list| parse(&list.sign(&signer))).collect();
    let snapshot = RevocationSnapshot::new(lists);
    let inquiry = Inquiry::new(&[5], authority, points);
    let waiting = snapshot.status(&inquiry, std::slice::from_ref(&issuer), NOW);
    let known = snapshot.with_issuers(std::slice::from_ref(&issuer));
    assert_eq!(known.status(&inquiry, &[issuer], NOW), waiting);
    waiting
}

const OUT_OF_SCOPE: Status = Status::Unknown("crl-scope");

/// RFC 5280 §6.3.3 b 2 ii to iv; PKITS 4.14.10 to 14.
#[test]
fn a_list_of_users_authorities_or_attributes_speaks_of_these_only() {
    for (field_tag, users, authorities) in
        [(0x81, Status::Good, OUT_OF_SCOPE), (0x82, OUT_OF_SCOPE, Status::Good), (0x85, OUT_OF_SCOPE, OUT_OF_SCOPE)]
    {
        let list = || [part(&[field(field_tag, &[0xff])], &[])];
        assert_eq!(judge(&list(), false, None), users, "{field_tag:02x}");
        assert_eq!(judge(&list(), true, None), authorities, "{field_tag:02x}");
        // What names the certificate revokes it all the same.
        let naming = [part(&[field(field_tag, &[0xff])], &[&[5]])];
        assert!(matches!(judge(&naming, false, None), Status::Revoked { .. }));
    }
}

/// RUSTSEC-2026-0049: only the first distribution point was looked at.
#[test]
fn a_list_matches_any_distribution_point_of_the_certificate() {
    let list = || [part(&[field(0xa0, &uri("http://a/2"))], &[])];
    let first = uri("http://a/1");
    let point = |name: &[u8]| field(0xa0, name);
    assert_eq!(judge(&list(), false, Some(&points(&[point(&first), point(&uri("http://a/2"))]))), Status::Good);
    assert_eq!(judge(&list(), false, Some(&points(&[point(&uri("http://a/2")), point(&first)]))), Status::Good);
    let both = field(0xa0, &[field(0x86, b"ldap://b"), field(0x86, b"http://a/2")].concat());
    assert_eq!(judge(&list(), false, Some(&points(&[point(&both)]))), Status::Good);
    assert_eq!(judge(&list(), false, Some(&points(&[point(&first)]))), OUT_OF_SCOPE);
    assert_eq!(judge(&list(), false, Some(&points(&[point(&uri("http://a/22"))]))), OUT_OF_SCOPE);
    assert_eq!(judge(&list(), false, None), OUT_OF_SCOPE);
    // A point with a cRLIssuer asks for an indirect list, which this is not.
    let indirect = [point(&uri("http://a/2")), field(0xa2, &field(0x86, b"http://a/2"))].concat();
    assert_eq!(judge(&list(), false, Some(&points(&[indirect]))), OUT_OF_SCOPE);
}

/// PKITS 4.14.4 to 9.
#[test]
fn a_name_relative_to_the_issuer_is_the_issuers_with_one_part_more() {
    let part_name = &sample::name("part")[4..];
    let relative = || field(0xa0, &field(0xa1, part_name));
    let issuer = sample::name("issuer");
    let directory = |name: &[u8]| field(0xa0, &field(0xa0, &field(0xa4, name)));
    let whole = directory(&field(0x30, &[&issuer[2..], &field(0x31, part_name)].concat()));
    let other = directory(&sample::name("part"));
    for list_name in [relative(), whole.clone()] {
        let list = || [part(std::slice::from_ref(&list_name), &[])];
        for (point, status) in
            [(relative(), Status::Good), (whole.clone(), Status::Good), (other.clone(), OUT_OF_SCOPE)]
        {
            assert_eq!(judge(&list(), false, Some(&points(&[point]))), status);
        }
    }
    // The point that names the issuer itself is tried for every certificate (RFC 5280 §6.3.3).
    assert_eq!(judge(&[part(&[directory(&issuer)], &[])], false, None), Status::Good);
}

/// PKITS 4.14.15 to 21.
#[test]
fn a_certificate_is_good_only_when_its_lists_cover_all_reasons() {
    let some = |bits: &[u8], revoked: &[&[u8]]| part(&[field(0x83, bits)], revoked);
    // keyCompromise and cACompromise, and the other six.
    let (two, six): (&[u8], &[u8]) = (&[5, 0x60], &[7, 0x1f, 0x80]);
    assert_eq!(judge(&[some(two, &[])], false, None), Status::Unknown("crl-reasons"));
    assert_eq!(judge(&[some(six, &[])], false, None), Status::Unknown("crl-reasons"));
    assert_eq!(judge(&[some(two, &[]), some(six, &[])], false, None), Status::Good);
    for lists in [[some(two, &[&[5]]), some(six, &[])], [some(two, &[]), some(six, &[&[5]])]] {
        assert!(matches!(judge(&lists, false, None), Status::Revoked { .. }));
    }
    let mut stale = some(six, &[]);
    (stale.this_update, stale.next_update) = (sample::THIS_UPDATE - 9, Some(sample::THIS_UPDATE));
    assert_eq!(judge(&[some(two, &[]), stale], false, None), Status::Unknown("crl-next-update"));
    // A point's own reasons bound what is asked for there.
    let named = |bits: &[u8]| points(&[[field(0xa0, &uri("http://a")), field(0x81, bits)].concat()]);
    let list = || [part(&[field(0xa0, &uri("http://a"))], &[])];
    assert_eq!(judge(&list(), false, Some(&named(two))), Status::Unknown("crl-reasons"));
    assert_eq!(judge(&list(), false, Some(&named(&[7, 0x7f, 0x80]))), Status::Good);
}

#[test]
fn each_scope_keeps_its_own_newest_list() {
    let mut users = part(&[field(0x81, &[0xff])], &[]);
    let mut authorities = part(&[field(0x82, &[0xff])], &[&[5]]);
    (users.number, authorities.number) = (Some(7), Some(3));
    let newer = {
        let mut list = part(&[field(0x82, &[0xff])], &[]);
        list.number = Some(4);
        list
    };
    let revoked = judge(&[users, authorities], true, None);
    assert!(matches!(revoked, Status::Revoked { .. }), "{revoked:?}");
    let authorities = part(&[field(0x82, &[0xff])], &[&[5]]);
    assert_eq!(judge(&[numbered(9, &[]), authorities, newer], true, None), Status::Good);
}

/// PKITS 4.4.19 to 21: lists by another key of the same CA, once the caller has validated its certificate.
#[test]
fn keys_of_one_name_speak_for_each_other_where_the_caller_says_so() {
    let (list, signer) = numbered(1, &[&[5]]).signed();
    let (_, of_certificate) = Sample::new().signed();
    let snapshot = RevocationSnapshot::new(vec![parse(&list)]);
    let status =
        |issuers: &[CrlIssuer], serial: &[u8]| snapshot.status(&Inquiry::new(serial, false, None), issuers, NOW);
    assert_eq!(status(std::slice::from_ref(&of_certificate), &[6]), Status::Unknown("crl-missing"));
    assert_eq!(status(&[of_certificate.clone(), signer.clone()], &[6]), Status::Good);
    assert!(matches!(status(&[of_certificate.clone(), signer.clone()], &[5]), Status::Revoked { .. }));
    let barred = CrlIssuer { may_sign_crl: false, ..signer };
    assert_eq!(status(&[of_certificate, barred], &[6]), Status::Unknown("crl-missing"));
}

#[test]
fn a_revocation_says_its_reason() {
    let reason = sample::extension(oid::REASON_CODE, None, &[tag::ENUMERATED, 1, 1]);
    let mut list = numbered(1, &[]);
    list.revoked = vec![sample::entry_with(&[5], Some(&reason))];
    let at = UnixTime::from_seconds(sample::REVOKED);
    assert_eq!(judge(&[list], false, None), Status::Revoked { at, reason: Some(Reason::KeyCompromise) });
}
