//! [`chosen`]: the trials that words of a command line name.

/// Chooses those of `all` whose name contains one of `words`; all of them where there is no word.
///
/// # Errors
/// A sentence with every name, where a word is in none of them: a trial that was not made did not pass.
pub fn chosen<T>(all: Vec<T>, words: &[String], name: impl Fn(&T) -> &str) -> Result<Vec<T>, String> {
    if let Some(word) = words.iter().find(|word| !all.iter().any(|one| name(one).contains(word.as_str()))) {
        let names: Vec<&str> = all.iter().map(&name).collect();
        return Err(format!("no name here contains \"{word}\"; there are: {}", names.join(", ")));
    }
    let is_chosen = |one: &T| words.is_empty() || words.iter().any(|word| name(one).contains(word.as_str()));
    Ok(all.into_iter().filter(is_chosen).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_fruit(words: &[&str]) -> Result<Vec<&'static str>, String> {
        let words: Vec<String> = words.iter().map(ToString::to_string).collect();
        chosen(vec!["apple", "apricot", "plum"], &words, |fruit| fruit)
    }

    #[test]
    fn words_choose_by_a_part_of_the_name_and_none_chooses_all() {
        assert_eq!(of_fruit(&[]), Ok(vec!["apple", "apricot", "plum"]));
        assert_eq!(of_fruit(&["ap"]), Ok(vec!["apple", "apricot"]));
        assert_eq!(of_fruit(&["plum", "apple"]), Ok(vec!["apple", "plum"]));
    }

    #[test]
    fn a_word_that_names_nothing_is_told_with_what_there_is() {
        for words in [&["typo"][..], &["plum", "typo"]] {
            assert_eq!(of_fruit(words), Err("no name here contains \"typo\"; there are: apple, apricot, plum".into()));
        }
    }
}
