use std::net::{IpAddr, Ipv6Addr};

use kakunin_core::error::Code::{DomainRestrictionViolated as E203, ParameterInvalid as E207};
use kakunin_core::scope::{NetSet, Network};

use super::{judged, taking};

#[test]
fn a_network_holds_addresses_in_their_one_form() {
    let scope = taking("{ net = ['10.1.0.0/16', '192.0.2.7', '2001:db8::/32', '2001:db9::8/125', '0.0.0.0/31'] }");
    for (address, expected) in [
        ("10.1.0.0", Ok(())),
        ("10.1.255.255", Ok(())),
        ("10.2.0.0", Err(E203)),
        ("10.0.255.255", Err(E203)),
        ("192.0.2.7", Ok(())),
        ("192.0.2.6", Err(E203)),
        ("0.0.0.1", Ok(())),
        ("0.0.0.2", Err(E203)),
        ("2001:db8::", Ok(())),
        ("2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", Ok(())),
        ("2001:db7:ffff:ffff:ffff:ffff:ffff:ffff", Err(E203)),
        ("2001:db9::f", Ok(())),
        ("2001:db9::10", Err(E203)),
        ("::", Err(E203)),
        ("::a01:0", Err(E203)),
        // Other forms of what is allowed, and what some readers take for an address.
        ("10.1.0.00", Err(E207)),
        ("010.1.0.0", Err(E207)),
        ("10.1.0", Err(E207)),
        ("10.1.0.0.", Err(E207)),
        ("10.1.0.0/32", Err(E207)),
        ("0xa.1.0.0", Err(E207)),
        ("167837696", Err(E207)),
        (" 10.1.0.0", Err(E207)),
        ("10.1.0.0\\n", Err(E207)),
        ("10.1.0.256", Err(E207)),
        ("2001:DB8::", Err(E207)),
        ("2001:0db8::", Err(E207)),
        ("2001:db8:0::", Err(E207)),
        ("2001:db8:0:0:0:0:0:0", Err(E207)),
        ("2001:db8::%eth0", Err(E207)),
        ("[2001:db8::]", Err(E207)),
        ("::ffff:10.1.0.0", Err(E207)),
        ("::ffff:a01:0", Err(E207)),
        ("a.example", Err(E207)),
        ("", Err(E207)),
    ] {
        assert_eq!(judged(&scope, &format!("{{\"v\":\"{address}\"}}")).map(drop), expected, "{address}");
    }
    for value in ["10", "true", "[\"10.1.0.0\"]"] {
        assert_eq!(judged(&scope, &format!("{{\"v\":{value}}}")).map(drop), Err(E207), "{value}");
    }
}

#[test]
fn the_widest_networks_hold_every_address_of_their_kind_and_no_other() {
    for (network, holds, not) in [
        ("0.0.0.0/0", ["0.0.0.0", "255.255.255.255"], "::"),
        ("::/0", ["::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"], "0.0.0.0"),
        ("128.0.0.0/1", ["128.0.0.0", "255.255.255.255"], "127.255.255.255"),
        ("8000::/1", ["8000::", "ffff::"], "7fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
    ] {
        let network = Network::parse(network).unwrap();
        assert!(holds.iter().all(|address| network.holds(address.parse().unwrap())), "{network}");
        assert!(!network.holds(not.parse().unwrap()), "{network}");
    }
}

#[test]
fn what_is_no_network_in_its_one_form_is_refused() {
    for (text, rule) in [
        ("10.0.0.0/33", "net-prefix"),
        ("::/129", "net-prefix"),
        ("10.0.0.1/31", "net-bits"),
        ("10.0.0.0/7", ""),
        ("11.0.0.0/7", "net-bits"),
        ("2001:db8::1/127", "net-bits"),
        ("10.0.0.0/08", "net-address"),
        ("10.0.0.0/+8", "net-address"),
        ("10.0.0.0/", "net-address"),
        ("10.0.0.0/256", "net-address"),
        ("10.0.0.0/8/8", "net-address"),
        ("10.0.0/8", "net-address"),
        ("2001:DB8::/32", "net-address"),
        ("::ffff:10.0.0.0/104", "net-mapped"),
        ("::ffff:0.0.0.0/96", "net-mapped"),
        ("::ffff:10.0.0.1", "net-mapped"),
        ("::fffe:0:0/95", ""),
        ("acme.com", "net-address"),
        ("", "net-address"),
    ] {
        let parsed = Network::parse(text);
        assert_eq!(parsed.as_ref().map_or_else(|fault| fault.rule, |_| ""), rule, "{text}: {parsed:?}");
    }
    let rule = |texts: &[&str]| {
        NetSet::new(texts.iter().map(|text| Network::parse(text).unwrap()).collect()).map_err(|fault| fault.rule)
    };
    assert_eq!(rule(&[]).unwrap_err(), "net-empty");
    assert_eq!(rule(&["10.0.0.1", "10.0.0.1/32"]).unwrap_err(), "net-twice");
    assert_eq!(rule(&["::/0", "10.0.0.0/9", "10.0.0.0/8"]).unwrap().to_string(), "10.0.0.0/8, 10.0.0.0/9, ::/0");
}

#[test]
fn one_network_contains_another_of_its_addresses() {
    let contains = |wide: &str, narrow: &str| Network::parse(wide).unwrap().contains(&Network::parse(narrow).unwrap());
    assert!(contains("10.0.0.0/8", "10.0.0.0/8") && contains("10.0.0.0/8", "10.9.0.0/16"));
    assert!(!contains("10.0.0.0/8", "10.0.0.0/7") && !contains("10.0.0.0/8", "11.0.0.0/16"));
    assert!(!contains("::/0", "10.0.0.0/8") && !contains("0.0.0.0/0", "::/0"));
    let all = Network::new(IpAddr::V6(Ipv6Addr::UNSPECIFIED), 0).unwrap();
    assert!(all.contains(&Network::parse("2001:db8::1").unwrap()));
}
