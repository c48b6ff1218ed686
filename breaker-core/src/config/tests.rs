use super::*;

#[test]
fn placeholder_defaults_are_those_documented() {
    let config = Config::new();
    assert_eq!(config.threshold(), Some(5));
}
