//! Writes the page of rules from their tables, or checks that it is what they say: `rules [--check] FILE`.
#![expect(clippy::print_stderr, clippy::print_stdout, reason = "a command talks to its terminal")]

use std::process::ExitCode;

use kakunin_core::error::Code;
use kakunin_core::path::{self, pkix};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (check, file) = match arguments.as_slice() {
        [file] => (false, file),
        [option, file] if option == "--check" => (true, file),
        _ => {
            eprintln!("usage: rules [--check] FILE");
            return ExitCode::from(2);
        }
    };
    let page = page();
    if check {
        let same = std::fs::read_to_string(file).is_ok_and(|present| present == page);
        println!("{file}\t{}", if same { "as the tables say" } else { "DIFFERS: make rules-write" });
        return if same { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    match std::fs::write(file, page) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{file}: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What stands before the tables.
const HEAD: &str = "# Rules
<!-- Made by `make rules-write` from the tables in kakunin-core/src/path. -->

Every check of a certificate at its place on a path is a row of a table; the code applies the rows, and this page is made from them.
`make mutation-rules` takes each row out and demands that a test fails. A refusal bears the row's code and name (`rule`), and the field.
Where several fail, the first row of the first certificate from the anchor down decides. What makes a certificate malformed (E101 from the
reader), and what revokes it, comes before and after: [codes.md](codes.md) lists the codes.
";

const AGENT: &str = "
## Profile `agent`
The ordered path of an agent, as [profile.md](profile.md) says; nothing is searched. `kakunin-core/src/path/rules.rs`.
";

const PKIX: &str = "
## Profile `pkix`
RFC 5280 for certificates of any kind, without host names: the path is searched in a pool within a budget, and what is found is judged by
this table from the anchor down. `kakunin-core/src/path/pkix/rules.rs`.
";

const APPROVER: &str = "
## Approvers
The certificate of a person who may approve calls ([approvals.md](approvals.md)): it stands on no path, beside the topmost agent certificate
of the call that is approved, and its issuer is that certificate's. The first row that fails decides. `kakunin-core/src/path/approver.rs`.
";

fn page() -> String {
    let agent = path::RULES.iter().map(|rule| (rule.code(), rule.name(), rule.field(), rule.source()));
    let pkix = pkix::RULES.iter().map(|rule| (rule.code(), rule.name(), rule.field(), rule.source()));
    let approver = path::APPROVER_RULES;
    let approver = approver.iter().map(|rule| (Code::ApprovalInvalid, rule.name(), rule.field(), rule.source()));
    [HEAD, AGENT, &table(agent), PKIX, &table(pkix), APPROVER, &table(approver)].concat()
}

type Row = (Code, &'static str, &'static str, &'static str);

fn table(rows: impl Iterator<Item = Row>) -> String {
    let mut text = String::from("\n| code | rule | field | source |\n|---|---|---|---|\n");
    for (code, name, field, source) in rows {
        text.push_str(&format!("| {} | `{name}` | `{field}` | {source} |\n", code.as_str()));
    }
    text
}
