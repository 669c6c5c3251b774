/*
 * What Akonadi does with a calendar server, by the library it does it with.
 *
 * Arguments: the server's address, login name, password, the path of an empty calendar. Each line of output is a claim:
 * "ok" or "no", a tab, the sentence, a tab, what was seen.
 */
#include <KDAV/DavCollectionModifyJob>
#include <KDAV/DavCollectionsFetchJob>
#include <KDAV/DavItemCreateJob>
#include <KDAV/DavItemDeleteJob>
#include <KDAV/DavItemFetchJob>
#include <KDAV/DavItemModifyJob>
#include <KDAV/DavItemsFetchJob>
#include <KDAV/DavItemsListJob>
#include <KDAV/DavPrincipalHomesetsFetchJob>
#include <KDAV/DavUrl>
#include <KDAV/EtagCache>
#include <QApplication>
#include <QColor>
#include <QTextStream>
#include <memory>

using namespace KDAV;

static QTextStream out(stdout);

static void claim(const char *sentence, bool holds, const QString &seen = QString())
{
    out << (holds ? "ok" : "no") << '\t' << sentence << '\t' << QString(seen).replace('\n', ' ').replace('\t', ' ') << Qt::endl;
}

template<class Job>
static bool done(const char *sentence, Job *job)
{
    job->setAutoDelete(false);
    const bool went = job->exec();
    claim(sentence, went, went ? QString() : job->errorText());
    return went;
}

static QByteArray event(const QByteArray &summary)
{
    return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//portcal//conformance//EN\r\nBEGIN:VEVENT\r\nUID:kdav\r\n"
           "DTSTAMP:20300101T000000Z\r\nDTSTART:20310310T100000Z\r\nDURATION:PT1H\r\nSUMMARY:" + summary
        + "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
}

int main(int count, char **words)
{
    QApplication app(count, words);
    if (count < 5)
        return 2;
    QUrl address(QString::fromUtf8(words[1]));
    address.setUserName(QString::fromUtf8(words[2]));
    address.setPassword(QString::fromUtf8(words[3]));
    const QString path = QString::fromUtf8(words[4]);
    const DavUrl server(address, CalDav);

    auto *homes = new DavPrincipalHomeSetsFetchJob(server);
    done("the home is found by the server's name alone", homes);
    claim("there is one home", homes->homeSets().size() == 1, homes->homeSets().join(' '));

    auto *listing = new DavCollectionsFetchJob(server);
    done("the calendars are listed", listing);
    DavCollection calendar;
    for (const auto &one : listing->collections())
        if (one.url().url().path() == path)
            calendar = one;
    claim("the calendar is among them", !calendar.CTag().isEmpty(), path);
    claim("it may be written to", calendar.privileges() & (All | Write | WriteContent), QString::number(calendar.privileges()));

    QUrl place = calendar.url().url();
    place.setPath(path + QStringLiteral("kd av \u00e4.ics"));
    auto *create = new DavItemCreateJob(DavItem(DavUrl(place, CalDav), "text/calendar", event("one"), QString()));
    done("an event is made", create);
    DavItem item = create->item();
    claim("its ETag is told at once", !item.etag().isEmpty(), item.etag());

    auto *list = new DavItemsListJob(calendar.url(), std::make_shared<EtagCache>());
    done("the calendar is asked what it holds", list);
    QStringList urls;
    for (const auto &one : list->items())
        urls << one.url().toDisplayString();
    claim("that is the event, with the same ETag", list->items().size() == 1 && list->items().first().etag() == item.etag());
    auto *many = new DavItemsFetchJob(calendar.url(), urls);
    done("it is fetched among others", many);
    claim("with its bytes", many->items().size() == 1 && many->items().first().data().contains("SUMMARY:one"));
    auto *single = new DavItemFetchJob(item);
    done("it is fetched alone", single);
    claim("with the same ETag", single->item().etag() == item.etag(), single->item().etag());

    item.setData(event("two"));
    auto *modify = new DavItemModifyJob(item);
    done("it is changed", modify);
    DavItem stale = item;
    stale.setEtag(QStringLiteral("\"stale\""));
    auto *late = new DavItemModifyJob(stale);
    late->setAutoDelete(false);
    claim("a late change is a conflict", !late->exec() && late->hasConflict(), QString::number(late->latestResponseCode()));

    auto *rename = new DavCollectionModifyJob(calendar.url());
    rename->setProperty("displayname", QStringLiteral("Fr\u00e5n KDE"));
    rename->setProperty("calendar-color", "#123456", "http://apple.com/ns/ical/");
    done("the calendar gets a name and a colour", rename);
    auto *again = new DavCollectionsFetchJob(server);
    done("the calendars are listed again", again);
    for (const auto &one : again->collections())
        if (one.url().url().path() == path)
            claim("name and colour are there", one.displayName().startsWith("Fr") && one.color().name() == "#123456", one.color().name());

    done("the event is deleted", new DavItemDeleteJob(modify->item()));
    auto *empty = new DavItemsListJob(calendar.url(), std::make_shared<EtagCache>());
    done("the calendar is asked once more", empty);
    claim("it is empty", empty->items().isEmpty());
    return 0;
}
