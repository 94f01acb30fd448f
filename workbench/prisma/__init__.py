"""The numbers of a PRISMA 2020 flow diagram, counted from what stands and never typed in.

Records are counted up to screening, reports from there on, studies at the end. What nobody has decided yet is counted
as undecided and makes the diagram "in progress": it is never fudged into a box. Key names follow the PRISMA2020
package's table (github prisma-flowdiagram/PRISMA2020, 620aaf9); Page et al. 2021, BMJ 372:n71. The rules of counting,
for one indication and for an update too, stand in docs/prisma.md.

count(facts, studies, ...)  -> Prisma: two columns of identification, earlier versions, totals; identities asserted
flow_boxes(prisma, ...)     -> the same as boxes with words: what figure, page, table and CSV file show
"""

from workbench.prisma.boxes import BoxCount, FlowBox, flow_boxes
from workbench.prisma.counting import count
from workbench.prisma.facts import NO_REASON, NOT_RETRIEVED, Kind, PrismaError, ReportFact, StopFact
from workbench.prisma.flow import Flow, Identity, Prisma, SignedStop

__all__ = [
    "NOT_RETRIEVED",
    "NO_REASON",
    "BoxCount",
    "Flow",
    "FlowBox",
    "Identity",
    "Kind",
    "Prisma",
    "PrismaError",
    "ReportFact",
    "SignedStop",
    "StopFact",
    "count",
    "flow_boxes",
]
