"""Charts: where they are, and changed copies of them."""
import pathlib
import re
import shutil

ADDED = """apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-added
data:
  revision: {{ .Release.Revision | quote }}
"""


def found(root):
    """The charts under a folder: neither subcharts nor libraries."""
    for path in sorted(pathlib.Path(root).rglob("Chart.yaml")):
        chart = path.parent
        if any((up / "Chart.yaml").exists() for up in chart.parents):
            continue
        if re.search(r"^type: *library", path.read_text(), re.M):
            continue
        yield chart


def prepared(chart, folder):
    """A copy that can be installed: dependencies that are not there, which are fetched otherwise, are taken out."""
    copy = pathlib.Path(folder) / "as-is" / chart.name
    shutil.copytree(chart, copy, symlinks=False, ignore_dangling_symlinks=True)
    text = (copy / "Chart.yaml").read_text()
    block = re.search(r"^dependencies:[^\n]*\n((?:[ \t-][^\n]*\n|\n|#[^\n]*\n)*)", text + "\n", re.M)
    if block:
        entries = re.split(r"^(?= {0,4}- )", block[1], flags=re.M)
        kept = [entry for entry in entries if here(copy, entry)]
        if len(kept) < len(entries):
            # A list of none would be one of null.
            head = "dependencies:\n" if any("name:" in entry for entry in kept) else "dependencies: []\n"
            text = text.replace(block[0].rstrip("\n"), (head + "".join(kept)).rstrip("\n"))
            (copy / "Chart.yaml").write_text(text)
            (copy / "Chart.lock").unlink(missing_ok=True)
    return copy


def values(chart, renders):
    """The chart's own values; where it does not render with those, the first file of ci/ with which it does."""
    for file in [None, *sorted((chart / "ci").glob("*.yaml"))]:
        arguments = ["-f", str(file)] if file else []
        if renders(arguments):
            return arguments
    return []


def here(chart, entry):
    name = re.search(r"^[ -]*name: *[\"']?([\w.-]+)", entry, re.M)
    if not name:
        return True
    folder = chart / "charts"
    return (folder / name[1]).is_dir() or any(folder.glob(f"{name[1]}-[0-9]*.tgz"))


def changed(chart, folder):
    """A copy with one template more, another version, other image tags and more replicas."""
    copy = pathlib.Path(folder) / "changed" / chart.name
    shutil.copytree(chart, copy)
    (copy / "templates").mkdir(exist_ok=True)
    (copy / "templates" / "zz-added.yaml").write_text(ADDED)
    text = (copy / "Chart.yaml").read_text()
    text = re.sub(r"^version:.*$", "version: 999.0.0", text, flags=re.M)
    (copy / "Chart.yaml").write_text(re.sub(r"^appVersion:.*$", 'appVersion: "999.1"', text, flags=re.M))
    values = copy / "values.yaml"
    if values.exists():
        text = values.read_text()
        text = re.sub(r"^( *tag:) *[\"']?v?\d[\w.-]*[\"']?$", r'\1 "999.2"', text, flags=re.M)
        values.write_text(re.sub(r"^( *(?:replicaCount|replicas):) *1$", r"\1 2", text, flags=re.M))
    return copy
