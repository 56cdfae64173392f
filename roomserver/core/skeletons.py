"""
What a reader sees in a name, in which letters that look alike are one.

After Unicode's UTS 39, with a small table of ours.
"""

import unicodedata
from typing import Final

_ALIKE: Final = str.maketrans(
    {
        # Latin letters and digits
        "0": "o", "1": "l", "i": "l", "ı": "l", "|": "l", "!": "l", "5": "s", "$": "s", "8": "b",
        "ɑ": "a", "ɡ": "g", "ƅ": "b", "ß": "b", "ſ": "f", "ʋ": "v", "ɩ": "l", "ł": "l", "ø": "o",
        "@": "a", "3": "e",
        # Cyrillic
        "а": "a", "в": "b", "г": "r", "д": "d", "е": "e", "ё": "e", "з": "e", "і": "l", "ї": "l",
        "ј": "j", "к": "k", "ӏ": "l", "м": "m", "н": "h", "о": "o", "п": "n", "р": "p", "с": "c",
        "ѕ": "s", "т": "t", "у": "y", "ү": "y", "х": "x", "һ": "h", "ԁ": "d", "ԛ": "q", "ԝ": "w",
        "ь": "b", "б": "b", "ч": "y",
        # Greek
        "α": "a", "β": "b", "γ": "y", "ε": "e", "η": "n", "ι": "l", "κ": "k", "μ": "u", "ν": "v",
        "ο": "o", "ρ": "p", "σ": "o", "ς": "c", "τ": "t", "υ": "u", "χ": "x", "ω": "w", "ζ": "z",
        # Armenian and others
        "օ": "o", "ո": "n", "ս": "u", "հ": "h", "ց": "g", "զ": "q", "ա": "w", "ｏ": "o", "٥": "o",
        "ᴀ": "a", "ᴄ": "c", "ᴅ": "d", "ᴇ": "e", "ɢ": "g", "ʜ": "h", "ɪ": "l", "ᴊ": "j", "ᴋ": "k",
        "ʟ": "l", "ᴍ": "m", "ɴ": "n", "ᴏ": "o", "ᴘ": "p", "ʀ": "r", "ꜱ": "s", "ᴛ": "t", "ᴜ": "u",
        "ᴠ": "v", "ᴡ": "w", "ʏ": "y", "ᴢ": "z",
        # Signs that are drawn alike
        "‐": "-", "‑": "-", "–": "-", "—": "-", "−": "-", "_": "-", "·": ".", "’": "'", "ʼ": "'",
        "`": "'", "´": "'",
    }
)  # fmt: skip


_CAPITALS_ALIKE: Final = str.maketrans("ΗΜΝΥΒΖΡΧВНРСУХ", "HMNYBZPXBHPCYX")
"""Capitals of the Greek and Cyrillic alphabets whose small letters look like other ones."""


def skeleton_of(username: str) -> str:
    """Return what a reader sees in *username*: names with the same skeleton look alike."""
    compatible = unicodedata.normalize("NFKC", username)
    folded = compatible.translate(_CAPITALS_ALIKE).casefold()
    # A letter of another script may carry the same accent: it is looked up without it.
    apart = unicodedata.normalize("NFD", folded).translate(_ALIKE)
    pairs = apart.replace("rn", "m").replace("vv", "w").replace("cl", "d")
    return unicodedata.normalize("NFC", "".join(pairs.split()))
