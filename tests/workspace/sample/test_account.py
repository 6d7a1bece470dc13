import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any
from urllib.parse import unquote, unquote_plus
from xml.etree import ElementTree as ET

import boto3
import pytest
from botocore.exceptions import ClientError

from bot.core.usage import NOTHING, Tally
from bot.workspace.sample import SampleAccount, SampleBucket
from bot.workspace.sample.history import ALL, metrics
from tests.conftest import NOW
from tests.workspace.sample.conftest import Aws

MIDNIGHT = NOW.replace(hour=0, minute=0)
DAY = timedelta(days=1)


def listed(s3: Any, bucket: str, **parameters: Any) -> Iterator[dict[str, Any]]:
    """Every object of every page of ListObjectsV2."""
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, **parameters):
        yield from page.get("Contents", [])


def read(s3: Any, bucket: str) -> Iterator[tuple[str, datetime, int, str]]:
    """URL-encoded key, time, size and class of every object, read much faster than boto3 does."""
    token: dict[str, str] = {}
    while True:
        url = s3.generate_presigned_url("list_objects_v2", Params={"Bucket": bucket, **token})
        with urllib.request.urlopen(url) as answer:
            page = ET.fromstring(answer.read())
        for thing in page.findall("{*}Contents"):
            key, modified, _, size, storage_class = (field.text or "" for field in thing)
            yield key, datetime.fromisoformat(modified), int(size), storage_class
        more = page.findtext("{*}NextContinuationToken")
        if more is None:
            return
        token = {"ContinuationToken": more}


def refusal(call: Any, **parameters: Any) -> tuple[int, str]:
    """The status and code a call is refused with."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    response = caught.value.response
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"]


class TestBuckets:
    def test_every_account_lists_its_own_buckets(self, aws: Aws) -> None:
        """Names, regions and creation dates are as described; deleted buckets are not named."""
        for account in aws.sample.estate.accounts:
            expected = sorted(
                (b.name, b.region, b.created)
                for b in aws.sample.estate.living
                if b.account == account.id
            )
            answer = aws.of(account.id).list_buckets(MaxBuckets=1000)
            assert expected == [
                (b["Name"], b["BucketRegion"], b["CreationDate"]) for b in answer["Buckets"]
            ]

    def test_list_buckets_comes_in_pages(self, aws: Aws) -> None:
        """Paging by four gives each bucket once."""
        pages = list(
            aws.client("s3")
            .get_paginator("list_buckets")
            .paginate(PaginationConfig={"PageSize": 4})
        )
        names = [b["Name"] for page in pages for b in page["Buckets"]]
        expected = sorted(b.name for b in aws.sample.estate.living if b.account == "111122223333")
        assert expected == names
        assert len(pages) == -(-len(expected) // 4)

    def test_list_buckets_filters(self, aws: Aws) -> None:
        """By prefix and by region."""
        s3 = aws.client("s3")
        answer = s3.list_buckets(Prefix="pelican-proof", BucketRegion="ap-southeast-2")
        assert [b["Name"] for b in answer["Buckets"]] == ["pelican-proof-of-delivery-ap"]

    def test_regions_are_named_only_when_asked_with_a_parameter(self, aws: Aws) -> None:
        """As AWS does; a fault leaves them out altogether, as older endpoints do."""
        s3 = aws.client("s3")
        assert not any("BucketRegion" in b for b in s3.list_buckets()["Buckets"])
        assert all("BucketRegion" in b for b in s3.list_buckets(MaxBuckets=3)["Buckets"])
        aws.sample.faults.without_bucket_region = True
        assert not any("BucketRegion" in b for b in s3.list_buckets(MaxBuckets=3)["Buckets"])
        location = s3.get_bucket_location(Bucket="pelican-invoices")["LocationConstraint"]
        assert location == "eu-central-1"
        assert s3.get_bucket_location(Bucket="pelican-app-logs")["LocationConstraint"] is None

    def test_tags(self, aws: Aws) -> None:
        """Buckets carry their team; untagged ones have no tag set."""
        s3 = aws.client("s3")
        tags = s3.get_bucket_tagging(Bucket="pelican-app-logs")["TagSet"]
        assert {"Key": "team", "Value": "platform"} in tags
        refused = refusal(s3.get_bucket_tagging, Bucket="pelican-thumbnails-legacy")
        assert refused == (404, "NoSuchTagSet")


class TestObjects:
    def test_listings_hold_what_is_described(self, aws: Aws) -> None:
        """Objects, bytes by class and the newest object of every bucket that may be listed."""
        clients = {a.id: aws.of(a.id) for a in aws.sample.estate.accounts}
        for bucket in aws.sample.estate.living:
            if bucket.denied:
                continue
            expected = bucket.counted_by_hand(NOW)
            classes: dict[str, Tally] = defaultdict(lambda: NOTHING)
            newest = None
            for key, modified, size, storage_class in read(clients[bucket.account], bucket.name):
                classes[storage_class] += Tally(1, size)
                found = (-modified.timestamp(), unquote(key))
                newest = min(newest or found, found)
            assert expected.classes == classes, bucket.name
            if expected.newest is None:
                assert newest is None
            else:
                assert newest == (
                    -expected.newest.modified.timestamp(),
                    expected.newest.key,
                ), bucket.name

    @pytest.mark.parametrize(
        "parameters",
        [
            {},
            {"Prefix": "assets/"},
            {"Delimiter": "/"},
            {"Prefix": "assets/", "Delimiter": "/"},
            {"Prefix": "a", "Delimiter": "ss"},
            {"Prefix": "nothing/"},
            {"Prefix": "assets/ü"},
        ],
    )
    @pytest.mark.parametrize("size", [1000, 50, 1])
    def test_our_listing_agrees_with_motos(
        self, aws: Aws, parameters: dict[str, Any], size: int
    ) -> None:
        """Page by page ListObjectsV2, which is ours, names what moto's ListObjects names."""
        s3 = aws.client("s3")
        bucket = "pelican-web-assets"
        if size == 1 and parameters.get("Prefix", "assets/") == "assets/":
            parameters = {**parameters, "Prefix": "assets/5"}
        # Moto's ListObjects is asked for everything at once: its pages leave prefixes out.
        whole = s3.list_objects(Bucket=bucket, MaxKeys=5000, **parameters)
        pages = list(
            s3.get_paginator("list_objects_v2").paginate(
                Bucket=bucket, PaginationConfig={"PageSize": size}, **parameters
            )
        )

        def said(page: dict[str, Any]) -> list[tuple[Any, ...]]:
            return [
                (c["Key"], c["Size"], c["LastModified"], c["ETag"], c["StorageClass"])
                for c in page.get("Contents", [])
            ]

        def prefixes(page: dict[str, Any]) -> list[str]:
            # Moto leaves the prefixes of its ListObjects unencoded.
            return [unquote_plus(c["Prefix"]) for c in page.get("CommonPrefixes", [])]

        assert said(whole) == [row for page in pages for row in said(page)]
        assert prefixes(whole) == [name for page in pages for name in prefixes(page)]
        assert all(page["KeyCount"] <= size for page in pages)
        assert [page["IsTruncated"] for page in pages] == [True] * (len(pages) - 1) + [False]

    def test_start_after_and_bad_tokens(self, aws: Aws) -> None:
        """StartAfter begins behind a key; a token that no page gave is refused."""
        s3 = aws.client("s3")
        keys = [thing["Key"] for thing in listed(s3, "pelican-web-assets")]
        rest = [t["Key"] for t in listed(s3, "pelican-web-assets", StartAfter=keys[500])]
        assert keys[501:] == rest
        refused = refusal(s3.list_objects_v2, Bucket="pelican-web-assets", ContinuationToken="~")
        assert refused == (400, "InvalidArgument")

    def test_keys_survive_without_url_encoding(self, aws: Aws) -> None:
        """A client that does not ask for EncodingType gets the same keys, XML-escaped."""
        s3 = aws.client("s3")
        whole = [thing["Key"] for thing in listed(s3, "pelican-web-assets")]
        url = s3.generate_presigned_url(
            "list_objects_v2", Params={"Bucket": "pelican-web-assets", "MaxKeys": 1000}
        ).replace("encoding-type=url", "x-none=1")
        with urllib.request.urlopen(url) as answer:
            body = answer.read().decode("utf-8")
        assert "<EncodingType>" not in body
        assert all(
            f"<Key>{key.replace('&', '&amp;').replace('<', '&lt;').replace('>', '&gt;')}</Key>"
            in body
            for key in whole
        )

    def test_versions_and_delete_markers(self, aws: Aws) -> None:
        """Noncurrent versions and delete markers are listed, the newest version as the latest."""
        s3 = aws.client("s3")
        for name in ("pelican-terraform-state", "pelican-config-snapshots"):
            bucket = aws.sample.estate.by_name[name]
            expected = bucket.counted_by_hand(NOW)
            noncurrent, current = NOTHING, NOTHING
            markers = set()
            for page in s3.get_paginator("list_object_versions").paginate(Bucket=name):
                markers |= {
                    (marker["Key"], marker["LastModified"], marker["IsLatest"])
                    for marker in page.get("DeleteMarkers", [])
                }
                for version in page["Versions"]:
                    if version["IsLatest"]:
                        current += Tally(1, version["Size"])
                    else:
                        noncurrent += Tally(1, version["Size"])
            assert current == Tally(expected.objects, expected.bytes)
            assert noncurrent == expected.noncurrent
            assert markers == {(m.key, m.born, True) for m in bucket.delete_markers}
            assert len(markers) == expected.delete_markers

    def test_unfinished_uploads(self, aws: Aws) -> None:
        """Uploads have their class and beginning, their parts their sizes, in pages too."""
        bucket = aws.sample.estate.by_name["pelican-warehouse-dumps"]
        s3 = aws.of(bucket.account)
        paginator = s3.get_paginator("list_multipart_uploads")
        pages = paginator.paginate(Bucket=bucket.name, PaginationConfig={"PageSize": 4})
        uploads = [upload for page in pages for upload in page.get("Uploads", [])]
        expected = sorted((u.key, u.storage_class, u.born) for u in bucket.uploads)
        assert expected == [(u["Key"], u["StorageClass"], u["Initiated"]) for u in uploads]
        parts = s3.list_parts(
            Bucket=bucket.name, Key=uploads[0]["Key"], UploadId=uploads[0]["UploadId"]
        )
        described = min(bucket.uploads, key=lambda upload: upload.key)
        assert [part["Size"] for part in parts["Parts"]] == list(described.parts)

    def test_an_object_has_a_size_but_no_content(self, aws: Aws) -> None:
        """HeadObject tells its size; reading it is refused."""
        s3 = aws.client("s3")
        head = s3.head_object(Bucket="pelican-web-assets", Key="<!channel>")
        assert head["ContentLength"] == 1_000
        refused = refusal(s3.get_object, Bucket="pelican-web-assets", Key="<!channel>")
        assert refused == (403, "AccessDenied")

    def test_what_is_written_is_listed_at_once(self, aws: Aws) -> None:
        """Objects and uploads put in over HTTP show in the next listing."""
        s3 = aws.client("s3")
        bucket = "pelican-landing-zone"
        assert list(listed(s3, bucket)) == []
        s3.put_object(Bucket=bucket, Key="k", Body=b"four")
        assert [(t["Key"], t["Size"]) for t in listed(s3, bucket)] == [("k", 4)]
        assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"four"
        s3.delete_object(Bucket=bucket, Key="k")
        assert list(listed(s3, bucket)) == []
        begun = s3.create_multipart_upload(Bucket=bucket, Key="u", StorageClass="GLACIER")
        uploads = s3.list_multipart_uploads(Bucket=bucket)["Uploads"]
        assert [(u["Key"], u["StorageClass"]) for u in uploads] == [("u", "GLACIER")]
        s3.abort_multipart_upload(Bucket=bucket, Key="u", UploadId=begun["UploadId"])
        assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)


class TestAccess:
    def test_a_denied_bucket_is_named_and_refuses(self, aws: Aws) -> None:
        """ListBuckets names it; everything else is 403 AccessDenied."""
        s3 = aws.client("s3")
        for name in ("pelican-hr-records", "pelican-litigation-hold"):
            assert name in {b["Name"] for b in s3.list_buckets()["Buckets"]}
            denied = (403, "AccessDenied")
            assert refusal(s3.list_objects_v2, Bucket=name) == denied
            assert refusal(s3.list_object_versions, Bucket=name) == denied
            assert refusal(s3.list_multipart_uploads, Bucket=name) == denied
            assert refusal(s3.get_bucket_location, Bucket=name) == denied
            assert refusal(s3.get_bucket_tagging, Bucket=name) == denied
            assert refusal(s3.head_bucket, Bucket=name) == (403, "403")

    def test_accounts_do_not_see_each_other(self, aws: Aws) -> None:
        """Without its role, another account's bucket refuses; with it, it answers."""
        bucket = "pelican-lake-raw"
        assert refusal(aws.client("s3").list_objects_v2, Bucket=bucket) == (403, "AccessDenied")
        assert aws.of("444455556666").list_objects_v2(Bucket=bucket)["KeyCount"] == 1000
        identity = aws.of("444455556666", "sts").get_caller_identity()
        assert identity["Account"] == "444455556666"
        assert aws.client("sts").get_caller_identity()["Account"] == "111122223333"

    def test_presigned_requests_belong_to_their_account(self, aws: Aws) -> None:
        """An access key in the query counts as one in the header does."""

        def presigned(client: Any) -> str:
            url: str = client.generate_presigned_url(
                "list_objects_v2", Params={"Bucket": "pelican-lake-raw"}
            )
            return url

        with urllib.request.urlopen(presigned(aws.of("444455556666"))) as answer:
            assert answer.status == 200
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(presigned(aws.client("s3")))
        with caught.value as refused:
            assert refused.code == 403

    def test_only_the_estates_roles_can_be_assumed(self, aws: Aws) -> None:
        """A role nobody created is refused, and one that a fault refuses."""
        sts = aws.client("sts")
        unknown = "arn:aws:iam::444455556666:role/admin"
        refused = refusal(sts.assume_role, RoleArn=unknown, RoleSessionName="test")
        assert refused == (403, "AccessDenied")
        role = aws.sample.environment["S3MONITOR_ROLES"].split(",")[0]
        aws.sample.faults.refused_roles.add(role)
        refused = refusal(sts.assume_role, RoleArn=role, RoleSessionName="test")
        assert refused == (403, "AccessDenied")

    def test_unknown_keys_are_refused(self, aws: Aws) -> None:
        """An access key that nobody handed out opens nothing."""
        stranger = boto3.session.Session("AKIASTRANGER00000000", "secret").client(
            "s3", region_name="us-east-1", endpoint_url=aws.sample.endpoint
        )
        assert refusal(stranger.list_buckets) == (403, "InvalidAccessKeyId")

    def test_a_missing_bucket_is_missing(self, aws: Aws) -> None:
        """404 NoSuchBucket, for a deleted bucket too."""
        s3 = aws.client("s3")
        for name in ("pelican-nowhere", "pelican-etl-2023"):
            assert refusal(s3.list_objects_v2, Bucket=name) == (404, "NoSuchBucket")


class TestCloudWatch:
    @staticmethod
    def query(bucket: SampleBucket, kind: str, id: str) -> dict[str, Any]:
        metric = "NumberOfObjects" if kind == ALL else "BucketSizeBytes"
        return {
            "Id": id,
            "MetricStat": {
                "Metric": {
                    "Namespace": "AWS/S3",
                    "MetricName": metric,
                    "Dimensions": [
                        {"Name": "BucketName", "Value": bucket.name},
                        {"Name": "StorageType", "Value": kind},
                    ],
                },
                "Period": 86_400,
                "Stat": "Average",
            },
        }

    @pytest.mark.parametrize("back", [0, 7])
    def test_points_are_as_described(self, aws: Aws, back: int) -> None:
        """Every series of every bucket, today and a week ago, deleted ones too."""
        moment = MIDNIGHT - back * DAY
        clients: dict[tuple[str, str], Any] = {}
        for bucket in aws.sample.estate.buckets:
            place = (bucket.account, bucket.region)
            if place not in clients:
                clients[place] = aws.of(bucket.account, "cloudwatch", bucket.region)
            series = metrics(bucket, NOW, 84)
            expected = {kind: dict(points).get(moment) for kind, points in series.items()}
            # A type without bytes has no point, which is not the same as zero.
            expected.setdefault("OneZoneIAStorage", None)
            kinds = dict(enumerate(expected))
            answer = clients[place].get_metric_data(
                MetricDataQueries=[self.query(bucket, k, f"q{n}") for n, k in kinds.items()],
                StartTime=moment,
                EndTime=moment + DAY,
            )
            found = {
                kinds[int(result["Id"][1:])]: next(iter(result["Values"]), None)
                for result in answer["MetricDataResults"]
            }
            assert expected == found, bucket.name

    def test_values_come_newest_first_at_midnight(self, aws: Aws) -> None:
        """Without ScanBy the newest point leads, as AWS does; a late bucket's is a day older."""
        bucket = aws.sample.estate.by_name["pelican-labs-notebooks"]
        client = aws.of(bucket.account, "cloudwatch", bucket.region)
        asked = {
            "MetricDataQueries": [self.query(bucket, "StandardStorage", "q")],
            "StartTime": NOW - 3 * DAY,
            "EndTime": NOW,
        }
        result = client.get_metric_data(**asked)["MetricDataResults"][0]
        stamps = [moment.astimezone(UTC) for moment in result["Timestamps"]]
        assert stamps == [MIDNIGHT - DAY, MIDNIGHT - 2 * DAY]
        upwards = client.get_metric_data(**asked, ScanBy="TimestampAscending")
        assert upwards["MetricDataResults"][0]["Values"] == result["Values"][::-1]

    def test_metrics_live_in_the_buckets_own_region(self, aws: Aws) -> None:
        """Another region, or another account, knows nothing of it."""
        bucket = aws.sample.estate.by_name["pelican-invoices"]
        for client in (
            aws.of(bucket.account, "cloudwatch", "us-east-1"),
            aws.of(bucket.account, "cloudwatch", "sa-east-1"),
            aws.of("444455556666", "cloudwatch", bucket.region),
        ):
            answer = client.get_metric_data(
                MetricDataQueries=[self.query(bucket, ALL, "q")],
                StartTime=NOW - 3 * DAY,
                EndTime=NOW,
            )
            assert answer["MetricDataResults"][0]["Values"] == []

    def test_at_most_500_queries(self, aws: Aws) -> None:
        """AWS's limit of one call, which moto does not hold."""
        bucket = aws.sample.estate.by_name["pelican-app-logs"]
        queries = [self.query(bucket, "StandardStorage", f"q{n}") for n in range(501)]
        client = aws.client("cloudwatch")
        span = {"StartTime": NOW - DAY, "EndTime": NOW}
        refused = refusal(client.get_metric_data, MetricDataQueries=queries, **span)
        assert refused == (400, "ValidationError")
        answer = client.get_metric_data(MetricDataQueries=queries[:500], **span)
        assert len(answer["MetricDataResults"]) == 500

    def test_list_metrics_names_recent_series(self, aws: Aws) -> None:
        """A bucket deleted days ago is still named, one deleted six weeks ago is not."""
        client = aws.of("444455556666", "cloudwatch", "eu-central-1")
        answer = client.list_metrics(
            Namespace="AWS/S3",
            MetricName="BucketSizeBytes",
            Dimensions=[{"Name": "BucketName", "Value": "pelican-search-prototype"}],
        )
        assert [m["Dimensions"] for m in answer["Metrics"]] == [
            [
                {"Name": "BucketName", "Value": "pelican-search-prototype"},
                {"Name": "StorageType", "Value": "StandardStorage"},
            ]
        ]
        every = aws.of("444455556666", "cloudwatch").list_metrics(Namespace="AWS/S3")["Metrics"]
        names = {d["Value"] for m in every for d in m["Dimensions"] if d["Name"] == "BucketName"}
        assert "pelican-lake-raw" in names
        assert "pelican-etl-2023" not in names


class TestFaults:
    def test_slow_down(self, aws: Aws) -> None:
        """Every third request about a bucket is told to slow down."""
        s3 = aws.client("s3")
        aws.sample.faults.slow_down_every = 3
        statuses = []
        for _ in range(6):
            try:
                s3.head_bucket(Bucket="pelican-app-logs")
                statuses.append(200)
            except ClientError as error:
                statuses.append(error.response["ResponseMetadata"]["HTTPStatusCode"])
        assert statuses.count(503) == 2
        assert [r.status for r in aws.sample.requests] == statuses

    def test_wrong_region(self, aws: Aws) -> None:
        """A bucket asked for in another region redirects and says where it is."""
        aws.sample.faults.redirects = True
        url = aws.client("s3", "us-west-2").generate_presigned_url(
            "list_objects_v2", Params={"Bucket": "pelican-invoices"}
        )
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(url)
        with caught.value as answer:
            assert answer.code == 301
            assert answer.headers["x-amz-bucket-region"] == "eu-central-1"
            assert b"PermanentRedirect" in answer.read()
        right = aws.client("s3", "eu-central-1")
        assert right.list_objects_v2(Bucket="pelican-invoices")["KeyCount"] == 1000

    def test_refused_and_vanished(self, aws: Aws) -> None:
        """One operation of one bucket is refused; another bucket is listed and gone."""
        s3 = aws.client("s3")
        aws.sample.faults.refused.add(("pelican-cloudtrail", "ListObjectVersions"))
        aws.sample.faults.vanished.add("pelican-invoices")
        refused = refusal(s3.list_object_versions, Bucket="pelican-cloudtrail")
        assert refused == (403, "AccessDenied")
        assert s3.list_objects_v2(Bucket="pelican-cloudtrail")["KeyCount"] == 1000
        assert "pelican-invoices" in {b["Name"] for b in s3.list_buckets()["Buckets"]}
        assert refusal(s3.list_objects_v2, Bucket="pelican-invoices") == (404, "NoSuchBucket")

    def test_the_log_knows_what_was_asked(self, aws: Aws) -> None:
        """Service, operation, region, account, bucket and status of each request."""
        aws.client("s3", "eu-central-1").list_objects_v2(Bucket="pelican-invoices", MaxKeys=2)
        aws.client("cloudwatch").list_metrics(Namespace="AWS/S3")
        aws.client("sts").get_caller_identity()
        assert [
            (r.service, r.operation, r.region, r.account, r.bucket, r.status)
            for r in aws.sample.requests
        ] == [
            ("s3", "ListObjectsV2", "eu-central-1", "111122223333", "pelican-invoices", 200),
            ("monitoring", "ListMetrics", "us-east-1", "111122223333", None, 200),
            ("sts", "GetCallerIdentity", "us-east-1", "111122223333", None, 200),
        ]

    def test_a_delay_holds_the_answer_back(self, aws: Aws) -> None:
        """The client's own time limit passes before the answer comes."""
        url = aws.client("s3").generate_presigned_url(
            "head_bucket", Params={"Bucket": "pelican-app-logs"}
        )
        aws.sample.faults.delay = 60
        with pytest.raises(TimeoutError):
            urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=0.2)

    def test_pages_are_slow_or_held_for_the_buckets_named(self, aws: Aws) -> None:
        """The first page of a held bucket comes; its others, and slow ones, keep one waiting."""
        s3 = aws.client("s3")

        def page(bucket: str, **more: str) -> int:
            """The status of a page that came within a fifth of a second."""
            asked = {"Bucket": bucket, "MaxKeys": 1, **more}
            url = s3.generate_presigned_url("list_objects_v2", Params=asked)
            with urllib.request.urlopen(url, timeout=0.2) as answer:
                return int(answer.status)

        aws.sample.faults.held_pages["pelican-app-logs"] = go = Event()
        aws.sample.faults.slow_pages["pelican-invoices"] = 60
        assert page("pelican-app-logs") == 200
        for held in (
            lambda: page("pelican-app-logs", StartAfter="a"),
            lambda: page("pelican-invoices"),
        ):
            with pytest.raises(TimeoutError):
                held()
        go.set()
        assert page("pelican-app-logs", StartAfter="a") == 200


class TestStart:
    def test_one_a_process(self, sample: SampleAccount) -> None:
        """Moto keeps one memory: a second sample is refused, and the first lives on."""
        with pytest.raises(RuntimeError, match="already"), SampleAccount.start(NOW):
            pass
        assert Aws(sample).client("s3").list_buckets()["Buckets"]

    def test_nothing_reaches_the_terminal(
        self, aws: Aws, capfd: pytest.CaptureFixture[str]
    ) -> None:
        """Neither requests nor refusals are printed."""
        s3 = aws.client("s3")
        s3.list_buckets()
        refusal(s3.list_objects_v2, Bucket="pelican-hr-records")
        refusal(s3.get_bucket_policy, Bucket="pelican-app-logs")
        captured = capfd.readouterr()
        assert (captured.out, captured.err) == ("", "")
