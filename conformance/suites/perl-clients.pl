#!/usr/bin/perl
# Cal::DAV, a client for single calendar files; HTTP::DAV below it, on plain files; iCal::Parser on the file of the calendar.
#
# Reads from the environment: FILES_URL, CALENDAR_URL, ACCOUNT_NAME, ACCOUNT_PASSWORD.
# Writes one JSON line for each claim: {"claim", "holds", "detail"}.
use strict;
use warnings;
use utf8;
use Cal::DAV;
use Encode qw(encode decode);
use HTTP::DAV;
use HTTP::Request;
use iCal::Parser;
use JSON::PP;
use LWP::UserAgent;

$| = 1;
my $json = JSON::PP->new->utf8;
my ($user, $pass, $files, $calendar) = @ENV{qw(ACCOUNT_NAME ACCOUNT_PASSWORD FILES_URL CALENDAR_URL)};

sub claim {
    my ($claim, $check) = @_;
    my $seen = eval { $check->() };
    my $detail = $@ || (defined $seen ? "$seen" : 'nothing');
    print $json->encode({ claim => $claim, holds => (defined $seen && $seen eq 'yes' ? JSON::PP::true : JSON::PP::false), detail => substr($detail, 0, 300) }), "\n";
}

sub event {
    my ($uid, $summary) = @_;
    return encode('UTF-8', join("\r\n", 'BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//perl//EN', 'BEGIN:VEVENT', "UID:$uid",
        'DTSTAMP:20260101T000000Z', 'DTSTART:20260310T090000Z', 'DTEND:20260310T100000Z', 'RRULE:FREQ=DAILY;COUNT=3',
        "SUMMARY:$summary", 'END:VEVENT', 'END:VCALENDAR', ''));
}

sub object { Cal::DAV->new(user => $user, pass => $pass, url => "${calendar}perl.ics") }

claim('Cal::DAV: an event is saved', sub {
    my $object = object();
    $object->parse(data => event('perl-1', 'Besök i Lund'));
    $object->save ? 'yes' : $object->message;
});
claim('Cal::DAV: it is read back', sub {
    my $summary = object()->entries->[0]->property('summary')->[0]->value;
    decode('UTF-8', $summary) eq 'Besök i Lund' || $summary eq 'Besök i Lund' ? 'yes' : $summary;
});
claim('Cal::DAV: it is changed', sub {
    my $object = object();
    $object->entries->[0]->add_property(location => 'Lund');
    $object->save or return $object->message;
    object()->entries->[0]->property('location')->[0]->value;
    'yes';
});
claim('iCal::Parser: the file of the calendar has the instances of the series', sub {
    my $request = HTTP::Request->new(GET => $calendar);
    $request->authorization_basic($user, $pass);
    my $answer = LWP::UserAgent->new->request($request);
    my $text = $answer->decoded_content // return $answer->status_line;
    my $march = iCal::Parser->new(start => '20260301', end => '20260401')->parse_strings($text)->{events}{2026}{3};
    my @days = sort keys %$march;
    "@days" eq '10 11 12' ? 'yes' : "@days";
});
claim('Cal::DAV: it is deleted', sub { my $object = object(); $object->delete ? 'yes' : $object->message });

my $dav = HTTP::DAV->new;
$dav->credentials(-user => $user, -pass => $pass, -url => $files);
sub done { $_[0] ? 'yes' : $dav->message }
claim('HTTP::DAV: the files are opened', sub { done($dav->open($files)) });
claim('HTTP::DAV: a folder is made', sub { done($dav->mkcol("${files}perl/")) });
my $content = 'hej' x 1000;
claim('HTTP::DAV: a file is written', sub { done($dav->put(-local => \$content, -url => "${files}perl/a.txt")) });
claim('HTTP::DAV: it is locked', sub { done($dav->lock(-url => "${files}perl/a.txt", -timeout => '10m', -owner => 'perl')) });
claim('HTTP::DAV: it is written under the lock', sub { done($dav->put(-local => \"new", -url => "${files}perl/a.txt")) });
claim('HTTP::DAV: another client may not write it', sub {
    my $other = HTTP::DAV->new;
    $other->credentials(-user => $user, -pass => $pass, -url => $files);
    $other->open($files) or return $other->message;
    $other->put(-local => \"other", -url => "${files}perl/a.txt") ? 'it may' : 'yes';
});
claim('HTTP::DAV: the lock is given back', sub { done($dav->unlock("${files}perl/a.txt")) });
claim('HTTP::DAV: it is copied and moved', sub {
    $dav->copy(-url => "${files}perl/a.txt", -dest => "${files}perl/b.txt") or return $dav->message;
    done($dav->move(-url => "${files}perl/b.txt", -dest => "${files}perl/c.txt"));
});
claim('HTTP::DAV: a property is set and read', sub {
    $dav->proppatch(-url => "${files}perl/c.txt", -namespace => 'urn:x', -propname => 'own', -propvalue => 'a&amp;b', -nsabbr => 'x')
        or return $dav->message;
    my $found = $dav->propfind(-url => "${files}perl/", -depth => 1) or return $dav->message;
    my @names = sort map { $_->get_property('rel_uri') } $found->get_resourcelist->get_resources;
    "@names" eq 'a.txt c.txt' ? 'yes' : "@names";
});
claim('HTTP::DAV: the folder is deleted', sub { done($dav->delete("${files}perl/")) });
