use kakunin_core::error::Code::{
    ActionNotAllowed as E201, AudienceMismatch as E306, OutsideHours as E210, ParameterUnexpected as E206,
    RegionNotAllowed as E211, ValueNotAllowed as E204,
};
use kakunin_core::scope::{Accepted, Call};
use kakunin_core::time::UnixTime;
use kakunin_core::value::Arguments;

use super::{MONDAY, judged_as, scope};

/// A Saturday.
const CLOSED: UnixTime = MONDAY.plus_seconds(5 * 86_400);

#[test]
fn a_scope_with_regions_accepts_only_a_guard_in_one_of_them() {
    let scope = scope("regions = ['eu-west-1', 'eu-north-1']\n[[grant]]\naction = 'a'");
    let from = |region: Option<&'static str>| judged_as(&scope, "{}", |call| Call { region, ..call });
    assert_eq!(from(Some("eu-west-1")), Ok((0, 0)));
    assert_eq!(from(Some("eu-north-1")), Ok((0, 0)));
    for region in [None, Some(""), Some("eu-west"), Some("eu-west-1 "), Some("EU-WEST-1"), Some("us-east-1")] {
        assert_eq!(from(region).map_err(|denial| denial.code()), Err(E211), "{region:?}");
    }
    assert_eq!(
        from(None).unwrap_err().reason(),
        "the scope does not allow this region: region is `none`, the agent's certificate allows `eu-north-1`, \
         `eu-west-1` (region)"
    );
    let free = super::scope("[[grant]]\naction = 'a'");
    assert_eq!(judged_as(&free, "{}", |call| Call { region: Some("anywhere"), ..call }), Ok((0, 0)));
}

#[test]
fn a_grant_with_an_audience_accepts_only_when_one_of_it_acts() {
    let scope = scope("[[grant]]\naction = 'a'\naudience = ['pay', 'books']\nparams = { v = 1 }");
    let by = |audience: Option<&'static str>| judged_as(&scope, "{\"v\":1}", |call| Call { audience, ..call });
    assert_eq!(by(Some("pay")), Ok((0, 0)));
    assert_eq!(by(Some("books")), Ok((0, 0)));
    for audience in [None, Some(""), Some("Pay"), Some("pay2")] {
        assert_eq!(by(audience).map_err(|denial| denial.code()), Err(E306), "{audience:?}");
    }
    assert_eq!(
        by(Some("ads")).unwrap_err().reason(),
        "the intent is meant for another audience: audience is `ads`, expected `books`, `pay` (audience)"
    );
}

#[test]
fn another_grant_may_accept_what_an_audience_refuses() {
    let scope = scope(
        "[[grant]]\naction = 'a'\naudience = 'pay'\nlimits = [{ rate = 1, per = '1h' }]\n[[grant]]\naction = 'a'\nopen = true",
    );
    assert_eq!(judged_as(&scope, "{}", |call| call), Ok((0, 0)), "the limit is of a grant that does not accept");
    assert_eq!(judged_as(&scope, "{}", |call| Call { audience: Some("pay"), ..call }), Ok((0, 1)));
}

#[test]
fn failures_are_reported_in_the_order_of_the_profile() {
    let scope = scope(
        "deny = ['a.no']
        hours = { zone = 'UTC', open = 'mon-fri 08:00-18:00' }
        regions = ['eu']
        [[grant]]
        action = 'a'
        audience = ['pay']
        params = { v = 1 }",
    );
    let nothing = Arguments::default();
    let fits = Call { audience: Some("pay"), region: Some("eu"), ..Call::new("a", nothing.object(), MONDAY) };
    let (region, audience, now) = (Some("us"), Some("ads"), CLOSED);
    let code = |action: &str, arguments: &str, change: Call<'_>| {
        let arguments = Arguments::parse(arguments.as_bytes(), &kakunin_core::bounds::JsonBounds::ARGUMENTS).unwrap();
        let call = Call { action, arguments: arguments.object(), ..change };
        scope.judge(&call, &mut Accepted::default()).map_err(|denial| denial.code())
    };
    let (one, two, more) = (r#"{"v":1}"#, r#"{"v":2,"w":0}"#, r#"{"v":1,"w":0}"#);
    // Each line repairs what the line before was refused for; all else stays wrong.
    assert_eq!(code("a.no", two, Call { region, audience, now, ..fits }), Err(E201));
    assert_eq!(code("b", two, Call { region, audience, now, ..fits }), Err(E210), "hours before the grants");
    assert_eq!(code("b", two, Call { region, audience, ..fits }), Err(E211));
    assert_eq!(code("b", two, Call { audience, ..fits }), Err(E201), "no grant");
    assert_eq!(code("a", two, Call { audience, ..fits }), Err(E306));
    assert_eq!(code("a", two, fits), Err(E204));
    assert_eq!(code("a", more, fits), Err(E206));
    assert_eq!(code("a", one, fits), Ok(()));
}
