"""Articles and prepositions, which belong to the word after them: a line should not end on one."""

_WORDS = {
    "en": "a an the of to in on at by for from with into onto over under about as than between through "
    "after before without within toward towards upon per via",
    "de": "der die das den dem des ein eine einen einem einer eines kein keine keinen keinem keiner in im "
    "ins an am ans auf aus bei beim mit nach seit von vom zu zum zur für gegen ohne um durch über unter vor "
    "hinter neben zwischen wegen während trotz bis",
    "fr": "le la les un une des du de d' à au aux en dans sur sous par pour avec sans chez vers entre contre",
    "es": "el la los las un una unos unas de del a al en con por para sin sobre entre hacia hasta desde",
    "it": "il lo la i gli le un uno una di del dello della dei degli delle a al allo alla ai agli alle da "
    "dal dalla in nel nella nei con su sul sulla per tra fra",
    "pt": "o a os as um uma uns umas de do da dos das em no na nos nas ao à aos às por pelo pela para com "
    "sem sobre entre até",
    "nl": "de het een van in op aan bij met naar uit voor door over onder tussen tegen zonder om tot te ten "
    "ter",
}
_BY_LANGUAGE = {language: frozenset(words.split()) for language, words in _WORDS.items()}


def clings(word: str, language: str) -> bool:
    """Whether the word, as written, belongs to the one after it."""
    return word.lower() in _BY_LANGUAGE.get(language, ())
