"""Names of months and days in the languages that people blog in, for dates that a page or a careless feed writes out.

English is not here: the dates of feeds are English, and `dates` reads them by itself.
"""

from __future__ import annotations

import unicodedata

# January to December, each with its other forms. Two languages that mean different months by one word have neither:
# Croatian `listopad` is October, Polish and Czech ones are November.
_MONTHS = (
    # German
    "januar jänner jan, februar feber feb, märz mrz mär, april apr, mai, juni jun, juli jul, august aug,"
    "september sep sept, oktober okt, november nov, dezember dez",
    # French
    "janvier janv, février févr fév, mars, avril avr, mai, juin, juillet juil, août, septembre, octobre, novembre,"
    "décembre déc",
    # Spanish and Catalan
    "enero ene gener, febrero febrer, marzo març, abril abr, mayo maig, junio juny, julio juliol, agosto ago agost,"
    "septiembre setiembre setembre, octubre, noviembre novembre, diciembre dic desembre",
    # Portuguese
    "janeiro, fevereiro fev, março, abril, maio, junho, julho, agosto, setembro set, outubro out, novembro, dezembro",
    # Italian
    "gennaio gen, febbraio, marzo, aprile, maggio mag, giugno giu, luglio lug, agosto, settembre, ottobre ott,"
    "novembre, dicembre",
    # Dutch and Indonesian
    "januari, februari, maart mrt maret, april, mei, juni, juli, augustus agustus, september, oktober, november,"
    "december desember",
    # Swedish, Danish and Norwegian
    "januari januar, februari februar, marts, april, maj, juni, juli, augusti, september, oktober, november, december",
    # Finnish
    "tammikuuta tammikuu, helmikuuta helmikuu, maaliskuuta maaliskuu, huhtikuuta huhtikuu, toukokuuta toukokuu,"
    "kesäkuuta kesäkuu, heinäkuuta heinäkuu, elokuuta elokuu, syyskuuta syyskuu, lokakuuta lokakuu,"
    "marraskuuta marraskuu, joulukuuta joulukuu",
    # Polish
    "stycznia styczeń sty, lutego luty lut, marca marzec, kwietnia kwiecień kwi, maja, czerwca czerwiec cze,"
    "lipca lipiec lip, sierpnia sierpień sie, września wrzesień wrz, października październik paź, listopada,"
    "grudnia grudzień gru",
    # Czech and Slovak
    "ledna leden, února únor, března březen, dubna duben, května květen, června červen, července červenec,"
    "srpna srpen, září, října říjen, listopadu, prosince prosinec",
    # Romanian and Hungarian
    "ianuarie január, februarie február, martie március, aprilie április, mai május, iunie június, iulie július,"
    "augusztus, septembrie szeptember, octombrie október, noiembrie, decembrie",
    # Turkish
    "ocak, şubat, mart, nisan, mayıs, haziran, temmuz, ağustos, eylül, ekim, kasım, aralık",
    # Russian and Ukrainian
    "января январь янв січня, февраля февраль фев лютого, марта март мар березня, апреля апрель апр квітня,"
    "мая май травня, июня июнь июн червня, июля июль июл липня, августа август авг серпня,"
    "сентября сентябрь сен сент вересня, октября октябрь окт жовтня, ноября ноябрь ноя листопада,"
    "декабря декабрь дек грудня",
    # Greek
    "ιανουαρίου ιαν, φεβρουαρίου φεβ, μαρτίου μαρ, απριλίου απρ, μαΐου μαι, ιουνίου ιουν, ιουλίου ιουλ,"
    "αυγούστου αυγ, σεπτεμβρίου σεπ, οκτωβρίου οκτ, νοεμβρίου νοε, δεκεμβρίου δεκ",
    # Arabic and Hebrew
    "يناير, فبراير, مارس, أبريل ابريل, مايو, يونيو, يوليو, أغسطس اغسطس, سبتمبر, أكتوبر اكتوبر, نوفمبر, ديسمبر",
    "ינואר בינואר, פברואר בפברואר, מרץ במרץ, אפריל באפריל, מאי במאי, יוני ביוני, יולי ביולי, אוגוסט באוגוסט,"
    "ספטמבר בספטמבר, אוקטובר באוקטובר, נובמבר בנובמבר, דצמבר בדצמבר",
)

# What may stand before a date without a comma.
_DAYS = (
    "montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag lundi mardi mercredi jeudi vendredi"
    " samedi dimanche lunes martes miércoles jueves viernes sábado domingo segunda-feira terça-feira quarta-feira"
    " quinta-feira sexta-feira lunedì martedì mercoledì giovedì venerdì sabato domenica maandag dinsdag woensdag"
    " donderdag vrijdag zaterdag zondag måndag tisdag onsdag torsdag fredag lördag söndag mandag tirsdag lørdag"
    " søndag poniedziałek wtorek środa czwartek piątek sobota niedziela pondělí úterý středa čtvrtek pátek neděle"
    " понедельник вторник среда четверг пятница суббота воскресенье"
)


def folded(word: str) -> str:
    """A word without case, accents and a full stop behind it."""
    return unicodedata.normalize("NFKD", word.casefold()).translate(_MARKS).rstrip(".")


_MARKS = dict.fromkeys(range(0x0300, 0x0370))

MONTHS = {
    folded(word): number
    for language in _MONTHS
    for number, words in enumerate(language.split(","), 1)
    for word in words.split()
}
"""The number of a month by its folded name."""

DAYS = frozenset(map(folded, _DAYS.split()))
"""The folded names of the days of the week."""
