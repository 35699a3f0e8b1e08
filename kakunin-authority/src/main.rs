//! The `kakunin` command.

fn main() {
    std::process::exit(kakunin_authority::command::run(std::env::args_os()));
}
