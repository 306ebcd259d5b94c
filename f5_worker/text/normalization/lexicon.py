"""What CLDR and num2words do not hold: symbols, abbreviations and the way a language tells the time."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Lexicon:
    """One language's own words. `hour` stands between hours and minutes, `oclock` after a full hour."""

    symbols: dict[str, str] = field(default_factory=dict)
    abbreviations: dict[str, str] = field(default_factory=dict)
    dot: str = ""
    range_word: str = ""
    fraction_word: str = ""
    hour: str = ""
    oclock: str = ""
    month_first: bool = False
    ordinal_suffixes: str = ""  # a regular expression for what follows the digits of an ordinal


LEXICONS = {
    "en": Lexicon(
        symbols={
            "&": "and",
            "@": "at",
            "+": "plus",
            "=": "equals",
            "#": "number",
            "°": "degrees",
            "×": "times",
            "÷": "divided by",
            "~": "about",
            "<": "less than",
            ">": "greater than",
            "§": "section",
            "½": "one half",
            "¼": "one quarter",
            "¾": "three quarters",
        },
        abbreviations={
            "Dr.": "doctor",
            "Mr.": "mister",
            "Mrs.": "missus",
            "Ms.": "miz",
            "Prof.": "professor",
            "St.": "saint",
            "Jr.": "junior",
            "Sr.": "senior",
            "vs.": "versus",
            "etc.": "et cetera",
            "e.g.": "for example",
            "i.e.": "that is",
            "approx.": "approximately",
            "Inc.": "incorporated",
            "Ltd.": "limited",
        },
        dot="dot",
        range_word="to",
        fraction_word="over",
        oclock="o'clock",
        month_first=True,
        ordinal_suffixes="st|nd|rd|th",
    ),
    "de": Lexicon(
        symbols={"&": "und", "@": "at", "+": "plus", "=": "gleich", "#": "Nummer", "°": "Grad", "×": "mal"},
        abbreviations={
            "Dr.": "Doktor",
            "Prof.": "Professor",
            "Hr.": "Herr",
            "Fr.": "Frau",
            "z.B.": "zum Beispiel",
            "z. B.": "zum Beispiel",
            "d.h.": "das heißt",
            "usw.": "und so weiter",
            "bzw.": "beziehungsweise",
            "ca.": "circa",
            "Nr.": "Nummer",
        },
        dot="Punkt",
        range_word="bis",
        fraction_word="durch",
        hour="Uhr",
        oclock="Uhr",
    ),
    "fr": Lexicon(
        symbols={"&": "et", "@": "arobase", "+": "plus", "=": "égale", "#": "numéro", "°": "degrés"},
        abbreviations={
            "M.": "monsieur",
            "Mme": "madame",
            "Mlle": "mademoiselle",
            "Dr": "docteur",
            "etc.": "et cetera",
        },
        dot="point",
        range_word="à",
        fraction_word="sur",
        hour="heures",
        oclock="heures",
        ordinal_suffixes="er|re|ère|e|ème",
    ),
    "es": Lexicon(
        symbols={"&": "y", "@": "arroba", "+": "más", "=": "igual a", "#": "número", "°": "grados"},
        abbreviations={
            "Sr.": "señor",
            "Sra.": "señora",
            "Dr.": "doctor",
            "Dra.": "doctora",
            "etc.": "etcétera",
        },
        dot="punto",
        range_word="a",
        fraction_word="entre",
        hour="y",
        ordinal_suffixes="º|ª|\\.º|\\.ª",
    ),
    "it": Lexicon(
        symbols={"&": "e", "@": "chiocciola", "+": "più", "=": "uguale", "#": "numero", "°": "gradi"},
        abbreviations={"Sig.": "signor", "Dott.": "dottor", "ecc.": "eccetera"},
        dot="punto",
        range_word="a",
        fraction_word="fratto",
        hour="e",
        ordinal_suffixes="º|ª|°",
    ),
    "pt": Lexicon(
        symbols={"&": "e", "@": "arroba", "+": "mais", "=": "igual a", "#": "número", "°": "graus"},
        abbreviations={"Sr.": "senhor", "Sra.": "senhora", "Dr.": "doutor", "etc.": "etcetera"},
        dot="ponto",
        range_word="a",
        fraction_word="sobre",
        hour="e",
        ordinal_suffixes="º|ª",
    ),
    "nl": Lexicon(
        symbols={"&": "en", "@": "apenstaartje", "+": "plus", "=": "is", "#": "nummer", "°": "graden"},
        abbreviations={
            "dhr.": "de heer",
            "mevr.": "mevrouw",
            "bijv.": "bijvoorbeeld",
            "enz.": "enzovoort",
        },
        dot="punt",
        range_word="tot",
        fraction_word="gedeeld door",
        hour="uur",
        oclock="uur",
        ordinal_suffixes="e|de|ste",
    ),
}

CURRENCIES = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "₽": "RUB", "₩": "KRW", "₺": "TRY"}

UNITS = {  # how a unit is written ─▶ its CLDR identifier
    "%": "concentr-percent",
    "km/h": "speed-kilometer-per-hour",
    "m/s": "speed-meter-per-second",
    "mph": "speed-mile-per-hour",
    "km": "length-kilometer",
    "cm": "length-centimeter",
    "mm": "length-millimeter",
    "m": "length-meter",
    "mi": "length-mile",
    "ft": "length-foot",
    "kg": "mass-kilogram",
    "mg": "mass-milligram",
    "g": "mass-gram",
    "lb": "mass-pound",
    "lbs": "mass-pound",
    "oz": "mass-ounce",
    "ml": "volume-milliliter",
    "l": "volume-liter",
    "L": "volume-liter",
    "°C": "temperature-celsius",
    "°F": "temperature-fahrenheit",
    "kB": "digital-kilobyte",
    "KB": "digital-kilobyte",
    "MB": "digital-megabyte",
    "GB": "digital-gigabyte",
    "TB": "digital-terabyte",
    "Hz": "frequency-hertz",
    "kHz": "frequency-kilohertz",
    "MHz": "frequency-megahertz",
    "GHz": "frequency-gigahertz",
    "W": "power-watt",
    "kW": "power-kilowatt",
    "MW": "power-megawatt",
    "kWh": "energy-kilowatt-hour",
    "V": "electric-volt",
    "A": "electric-ampere",
    "ms": "duration-millisecond",
    "min": "duration-minute",
    "h": "duration-hour",
    "ha": "area-hectare",
    "m²": "area-square-meter",
    "km²": "area-square-kilometer",
    "m³": "volume-cubic-meter",
}
