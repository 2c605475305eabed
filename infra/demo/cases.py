"""The demo's cases: families in different states and languages. Every name and number is made up."""

from dataclasses import dataclass

from shared.messages.model import Language
from shared.messages.report_content import (
    ConsentGiven,
    Disappearance,
    MissingPerson,
    ReportContent,
    Reporter,
    UncertainDate,
    WrittenName,
)
from shared.messages.reports import Status


@dataclass(frozen=True, slots=True)
class DemoCase:
    """A case: who is missing, how the family is reached, and the states that it goes through to its last."""

    name: str
    phone: str
    language: Language
    institution: str
    steps: tuple[Status, ...]
    mother: str | None = None
    born: int | None = None
    event: str = "UNKNOWN"
    governorate: str = "IQ-NI"
    detail: str = "neutral"
    share: tuple[str, ...] = ("mgd", "ihchr", "mld")

    @property
    def status(self) -> Status:
        """Where it stands when the demo is ready."""
        return self.steps[-1] if self.steps else "received"

    def content(self) -> ReportContent:
        """The report."""
        return ReportContent(
            person=MissingPerson(
                names=[WrittenName(raw=self.name)],
                mother=self.mother,
                sex="male",
                born=UncertainDate(year=self.born) if self.born else None,
            ),
            event=Disappearance(code=self.event, date=UncertainDate(year=2014, month=8), governorate=self.governorate),  # pyright: ignore[reportArgumentType]
            reporter=Reporter(
                relation="brother",
                phone=self.phone,
                phone_verified=True,
                language=self.language,
                detail=self.detail,  # pyright: ignore[reportArgumentType]
            ),
            consent=ConsentGiven(keep=True, share=list(self.share), contact=["sms"], language=self.language),
        )


CASES: tuple[DemoCase, ...] = (
    DemoCase("علي حسين محمد الجبوري", "+9647700000101", "ar", "mgd", (), "زينب كاظم", 1985, "SPEICHER", "IQ-SD"),
    DemoCase("عمر خالد عبد الله الدليمي", "+9647700000102", "ar", "ihchr", ("being_checked",), "فاطمة أحمد", 1979,
             "ANBAR_2014_17", "IQ-AN"),
    DemoCase("كرار جاسم ناصر", "+9647700000103", "ar", "mgd", ("registered", "samples_needed"), "سعاد عبد الرضا", 1990,
             "BADUSH", "IQ-DQ", "detailed"),
    DemoCase("ئازاد کەریم ڕەشید", "+9647500000104", "ckb", "mgd", ("registered",), "نەسرین عەلی", 1961, "ANFAL_1988", "IQ-SU"),
    DemoCase("خەلەف شەمۆ خدر", "+9647500000105", "kmr-Arab", "mgd", ("registered", "samples_needed"), "گولێ ئیلیاس", 1988,
             "SINJAR", "IQ-NI", "detailed"),
    DemoCase("Xelef Heci Elyas", "+4915735990106", "kmr", "ihchr", ("registered", "samples_needed", "search_continues"),
             "Bese Murad", 1974, "KOCHO", "IQ-NI"),
    DemoCase("Yousif Hanna Isho", "+9647800000107", "en", "mgd", ("registered", "samples_needed", "samples_complete"),
             "Maryam Gorgis", 1969, "DAESH_2014_17", "IQ-NI", "detailed"),
    DemoCase("حيدر عباس كاظم", "+9647800000108", "ar", "ihchr", ("being_checked", "more_information_needed"), "أم كلثوم حسن",
             1994, "PROTEST_2019", "IQ-BG"),
    DemoCase("هێمن عومەر حەسەن", "+9647500000109", "ckb", "mgd", ("registered", "please_contact_us"), "شیرین محەمەد", 1983,
             "HALABJA_1988", "IQ-SU"),
    DemoCase("سامان يوسف بهنام", "+9647800000110", "ar", "mgd", ("registered", "please_contact_us", "with_your_contact_person"),
             "حنة متي", 1977, "MOSUL_2016_17", "IQ-NI"),
    DemoCase("Ali Hussein Mohammed Al-Juburi", "+9647700000111", "en", "ihchr", (), "Zainab Kadhim", 1985, "SPEICHER",
             "IQ-SD"),
    DemoCase("ماجد صالح فرحان", "+9647700000112", "ar", "mgd", ("closed_at_family_request",), "نورة حمد", 1966,
             "IRAN_IRAQ_WAR", "IQ-BA"),
    # The man of the second case, again, and shared with nobody: a pair for the national link reviewers.
    DemoCase("Omar Khalid Abdullah Al-Dulaimi", "+9647700000113", "en", "police", (), "Fatima Ahmad", 1979,
             "ANBAR_2014_17", "IQ-AN", share=()),
)  # fmt: skip
